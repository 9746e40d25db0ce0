package message

import "weir/sim"

// Fanner is who published a message to many. It is told when the last branch has ended; complete says that all were
// processed. The parent's slot is free afterwards.
type Fanner interface {
	BranchesEnded(parent *Message, complete bool)
}

// families knows the branches of a message that was published to many: its copies, one for each subscriber.
type families struct {
	members []member // by slot
	fanners []Fanner
}

// member is what the family knows of a slot. A parent has branches left; a branch has a parent.
type member struct {
	parent Ref    // its slot + 1, or 0
	left   uint32 // branches that have not ended
	fanner uint16
	failed bool // some branch ended otherwise than processed
}

// KeepFamilies makes the store follow the branches of the messages that f publishes, and returns what f names itself by
// in FanOut. It is called before the first message is born.
func (s *Store) KeepFamilies(f Fanner) (fanner uint16) {
	if s.kin == nil {
		s.kin = &families{}
	}
	s.kin.fanners = append(s.kin.fanners, f)
	return uint16(len(s.kin.fanners) - 1)
}

// FanOut makes r, which a topic has accepted, the parent of so many branches, at least one. It has ended as published,
// and its slot is kept until its last branch has ended.
func (s *Store) FanOut(r Ref, branches int, fanner uint16) {
	s.Move(r, s.At(r), Published)
	s.kin.members[r] = member{left: uint32(branches), fanner: fanner}
}

// Branch gives birth to a branch of a parent, in the same way as Copy.
func (s *Store) Branch(now sim.Time, parent Ref, route RouteID) (Ref, bool) {
	c, ok := s.Copy(now, parent, route, Idle{})
	if ok {
		s.kin.members[c] = member{parent: parent + 1}
	}
	return c, ok
}

func (k *families) grow() {
	if k != nil {
		k.members = append(k.members, member{})
	}
}

// branchEnded notes that a message ended: for the first time, if it is a branch.
func (s *Store) branchEnded(r Ref, to Place) {
	parent := s.kin.members[r].parent
	if parent == 0 {
		return
	}
	s.kin.members[r].parent = 0
	p := &s.kin.members[parent-1]
	p.failed = p.failed || to != Processed
	if p.left--; p.left > 0 {
		return
	}
	s.kin.fanners[p.fanner].BranchesEnded(s.At(parent-1), !p.failed)
	s.Free(parent - 1)
}
