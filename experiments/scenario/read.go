package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"weir/models/spec"
)

// read returns the bytes of a regular file of at most most bytes, without opening anything that could block or never
// end.
func read(name string, most int64) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no such file%s", nearby(name))
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, fmt.Errorf("this is a folder: name the file in it, such as %s", filepath.Join(name, "scenario.yaml"))
	case !info.Mode().IsRegular():
		return nil, errors.New("this is not a regular file: write the text to a file first")
	case info.Size() > most:
		return nil, tooLarge(info.Size(), most)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, reason(err)
	}
	if int64(len(data)) > most { // it has grown since
		return nil, tooLarge(int64(len(data)), most)
	}
	return data, nil
}

func tooLarge(size, most int64) error {
	return fmt.Errorf("the file has %d MiB: at most %d MiB are read", size>>20, most>>20)
}

// reason strips the operation and the file's name from an error of package os; the caller names the file.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// nearby suggests the file of the same folder that was meant.
func nearby(name string) string {
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return ""
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if near := spec.Suggest(filepath.Base(name), names); near != "" {
		return ": did you mean " + filepath.Join(filepath.Dir(name), near) + "?"
	}
	return ""
}
