package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"weir/models/spec"
)

// Files is where the files are that a scenario names, such as recorded workloads.
type Files interface {
	// Open opens a regular file of a bounded size. The error does not name the file.
	Open(name string) (io.ReadCloser, error)
}

// namedBytesMax is the largest file that a scenario can name.
const namedBytesMax = 1 << 30

// Folder is the files of a folder and of the folders in it. Only an absolute path leads elsewhere.
type Folder string

// Open opens a file of the folder.
func (f Folder) Open(name string) (io.ReadCloser, error) {
	if filepath.IsAbs(name) {
		return openRegular(os.Stat, func(name string) (fs.File, error) { return os.Open(name) }, name)
	}
	if !filepath.IsLocal(name) {
		return nil, errors.New("the file must stand in the scenario's folder or below; only an absolute path leads elsewhere")
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, reason(err)
	}
	defer root.Close()
	file, err := openRegular(root.Stat, func(name string) (fs.File, error) { return root.Open(name) }, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file" + nearby(filepath.Join(string(f), name)))
	}
	return file, err
}

// FromFS returns the files of a file system, such as an embedded one.
func FromFS(files fs.FS) Files { return fileSystem{files} }

type fileSystem struct{ fs.FS }

// Open opens a file of the file system.
func (f fileSystem) Open(name string) (io.ReadCloser, error) {
	return openRegular(func(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }, f.FS.Open,
		filepath.ToSlash(name))
}

// openRegular opens a file after it has made sure that reading it neither blocks nor never ends.
func openRegular(
	stat func(string) (fs.FileInfo, error), open func(string) (fs.File, error), name string,
) (io.ReadCloser, error) {
	info, err := stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no such file%w", silent{err})
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, errors.New("this is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("this is not a regular file: write the data to a file first")
	case info.Size() > namedBytesMax:
		return nil, fmt.Errorf("the file has %d MiB: at most %d MiB are read", info.Size()>>20, namedBytesMax>>20)
	}
	file, err := open(name)
	if err != nil {
		return nil, reason(err)
	}
	return file, nil
}

// silent is an error that can be asked for but adds no text.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Open opens a file that the scenario names. What is read is part of the document's digest once it is closed.
func (d *Document) Open(name string) (io.ReadCloser, error) {
	if d.files == nil {
		return nil, errors.New("no file can be read here")
	}
	file, err := d.files.Open(name)
	if err != nil {
		return nil, err
	}
	return &hashed{file, sha256.New(), func(sum string) {
		if d.read == nil {
			d.read = map[string]string{}
		}
		d.read[name] = sum
	}}, nil
}

// hashed hashes a file while it is read.
type hashed struct {
	io.ReadCloser
	hash hash.Hash
	done func(sum string)
}

// Read reads and hashes.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.hash.Write(p[:n])
	return n, err
}

// Close hashes what was not read and closes the file.
func (h *hashed) Close() error {
	_, err := io.Copy(h.hash, h.ReadCloser)
	h.done(hex.EncodeToString(h.hash.Sum(nil)))
	return errors.Join(err, h.ReadCloser.Close())
}

// Load reads a scenario file and checks it whole; see Decode. Files that it names are relative to its folder.
func (l *Language) Load(path string, settings ...string) (*Document, error) {
	data, err := read(path, spec.MaxBytes)
	if err != nil {
		return nil, spec.Errors{{File: path, Text: err.Error()}}
	}
	return l.Decode(path, data, Folder(filepath.Dir(path)), settings...)
}
