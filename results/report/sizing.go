package report

import (
	"errors"

	"weir/results"
)

// WriteSizing writes the files of a sizing's folder: the document, the points that were tried as CSV, Markdown,
// figures.
func WriteSizing(f *results.Folder, s *results.Sizing) error {
	whole := s.Sweep()
	for i := range whole.Points { // figures know points by their places
		whole.Points[i].Number = i
	}
	whole.FindFront()
	drawn, err := sweepFigures(whole)
	if err != nil {
		return err
	}
	return errors.Join(
		f.Write("sizing.json", s.WriteJSON), f.Write("points.csv", s.Sweep().Table().WriteCSV),
		f.Write("sizing.md", s.WriteMarkdown), writeStudyManifest(f, s.Weir, s.Scenario), writeFigures(f, drawn),
	)
}
