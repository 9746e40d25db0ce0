package sdk

import "weir/models/message"

// repeat is a message that will be sent again.
type repeat struct {
	id, size, key uint32
	flags         message.Flags
}

func (p *Producer) repeatLater(m repeat) {
	if len(p.unused) == 0 {
		p.unused = append(p.unused, uint32(len(p.repeats)))
		p.repeats = append(p.repeats, repeat{})
	}
	slot := p.unused[len(p.unused)-1]
	p.unused = p.unused[:len(p.unused)-1]
	p.repeats[slot] = m
	p.repeated.After(p.later.Sample(), slot)
}

// sendAgain is the event that a message is sent again, as another message of the same identity.
func (p *Producer) sendAgain(slot uint32) {
	m := p.repeats[slot]
	p.unused = append(p.unused, slot)
	ref, ok := p.born(m)
	if !ok {
		return
	}
	p.Repeated.Inc()
	p.store.SetID(ref, m.id)
	p.serving = -1 // no client of a closed loop waits for it
	if p.take(ref); p.source.Clients() > 0 && p.open != noBatch {
		p.send()
	}
}
