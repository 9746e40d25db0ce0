package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file that stands alone, whole or not at all. A link is followed; into what is no regular file, as
// a pipe or a device, it writes at once, for there is nothing to put into its place.
func WriteFile(file string, write func(io.Writer) error) error {
	target, special, err := destination(file)
	if err != nil {
		return err
	}
	if special {
		out, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(out), out.Close())
	}
	temp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // there is none once it is renamed
	if err := errors.Join(write(temp), temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(temp.Name(), target), syncFolder(filepath.Dir(target)))
}

// Writable returns why WriteFile could not write a file, so that it is told before long work and not after it.
func Writable(file string) error {
	target, special, err := destination(file)
	if err != nil || special {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", file, err)
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}

// destination returns what a path leads to, and whether that is no regular file.
func destination(file string) (target string, special bool, err error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file, false, nil
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, fmt.Errorf("%s is a folder: name a file", file)
	}
	target, err = filepath.EvalSymlinks(file)
	return target, !info.Mode().IsRegular(), err
}

// syncFolder makes what was renamed in a folder outlast a power cut. Where folders cannot be synced, it does nothing.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = folder.Sync() // some file systems cannot, and have nothing to be told
	return folder.Close()
}
