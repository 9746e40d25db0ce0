package stream

import (
	"weir/models/spec"
	"weir/sim"
)

// StartSpec is where a consumer of a stream begins, as the scenario describes it.
type StartSpec struct {
	// Which records it gets: all that are kept (trim_horizon), those that come after its start (latest), or those accepted
	// at an instant or later (at_timestamp).
	StartingPosition Position `yaml:"starting_position" default:"trim_horizon"`
	// Of at_timestamp: the instant, since the start of the run.
	StartingPositionTimestamp *spec.Duration `yaml:"starting_position_timestamp" min:"0s"`
	// When it begins to read, since the start of the run.
	Start spec.Duration `yaml:"start" default:"0s" min:"0s"`
}

// Position is the type of a shard iterator that needs no sequence number.
type Position string

// The positions.
const (
	TrimHorizon Position = "trim_horizon"
	Latest      Position = "latest"
	AtTimestamp Position = "at_timestamp"
)

// Values lists the positions, for the decoder and the schema.
func (Position) Values() []string {
	return []string{string(TrimHorizon), string(Latest), string(AtTimestamp)}
}

// Validate returns what is wrong with the settings as a whole.
func (s *StartSpec) Validate() []spec.Problem {
	at := s.StartingPositionTimestamp
	switch {
	case s.StartingPosition == AtTimestamp && at == nil:
		return []spec.Problem{{Field: "starting_position_timestamp", Text: "is needed with starting_position: at_timestamp"}}
	case s.StartingPosition != AtTimestamp && at != nil:
		return []spec.Problem{{Field: "starting_position_timestamp", Text: "goes with starting_position: at_timestamp"}}
	case at != nil && *at > s.Start:
		return []spec.Problem{{Field: "start", Text: "must not be before the starting_position_timestamp, " + at.String()}}
	}
	return nil
}

// Where returns which records the consumer gets, and from when on.
func (s *StartSpec) Where() Start {
	begin := sim.Time(s.Start)
	switch s.StartingPosition {
	case AtTimestamp:
		return Start{From: sim.Time(*s.StartingPositionTimestamp), At: begin}
	case Latest:
		return Start{From: begin, At: begin}
	}
	return Start{At: begin}
}
