package story

import (
	"errors"
	"fmt"
	"strings"

	"weir/models/message"
	"weir/models/sns"
	"weir/models/spec"
)

func (st *stage) makeTopic(name, settings string) error {
	s, limits := new(sns.Spec), new(sns.Limits)
	if err := decode(settings, s); err != nil {
		return err
	}
	st.profile.Fill(limits)
	st.store.KeepIDs()
	s.FIFOTopic = strings.HasSuffix(name, spec.FIFO)
	st.topics[name] = sns.New(st.eng, st.store, name, s, limits, sns.NewQuota(limits))
	return nil
}

func (st *stage) subscribe(topic, name, settings string) error {
	t, q := st.topics[topic], st.queues[name]
	if t == nil || q == nil {
		return errors.New("a subscription takes a topic and a queue")
	}
	s := &sns.SubscriptionSpec{}
	inner := strings.TrimSuffix(strings.TrimPrefix(settings, "{"), "}")
	if err := decode("{to: queues."+name+", "+inner+"}", s); err != nil {
		return err
	}
	to := sns.Subscriber{Name: "queues." + name, Protocol: sns.ProtocolSQS, Queue: q, FIFO: q.FIFO()}
	if s.DeadLetter != nil {
		dead, ok := st.queues[s.DeadLetter.Name]
		if !ok {
			return fmt.Errorf("there is no queue %s", s.DeadLetter.Name)
		}
		to.DeadLetters = dead
	}
	t.Subscribe(s, to)
	return nil
}

// name returns what the story calls a message. Copies that a topic sends, and what is read of a record, have the name
// of their original.
func (st *stage) name(ref message.Ref) string {
	if len(st.topics)+len(st.streams) == 0 {
		return st.names[ref]
	}
	for name, id := range st.published {
		if id == st.store.ID(ref) {
			return name
		}
	}
	return st.names[ref]
}
