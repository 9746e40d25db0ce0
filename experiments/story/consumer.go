package story

import (
	"strings"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

// consumer is a registered consumer, or one that polls, with what it got.
type consumer struct {
	st      *stage
	name    string
	fetcher *stream.Fetcher
	got     []string
}

// consume lets a consumer read a stream from now on, from the oldest record that is put after it.
func (st *stage) consume(name string, d *data, options [][2]string) error {
	way := stream.Way{Every: 200 * sim.Millisecond, Most: 10_000, Bytes: 10 << 20}
	for _, o := range options {
		if o != [2]string{"efo", "yes"} {
			return errUsage
		}
		way.Pushed, way.Push = true, random.Constant{}
	}
	c := &consumer{st: st, name: name}
	c.fetcher = stream.NewFetcher(st.eng, d, "consumers."+name, c, way)
	c.fetcher.Align()
	st.consumers[name] = c
	return nil
}

// Sender returns the name that the consumer's messages stand under.
func (c *consumer) Sender() string { return "consumers." + c.name }

// Opened asks for the records of a shard.
func (c *consumer) Opened(shard int) { c.fetcher.Want(shard) }

// Ended notes nothing: what there was has been read.
func (c *consumer) Ended(int) {}

// Fetched notes the names of records. They are done with.
func (c *consumer) Fetched(shard int, refs []message.Ref) {
	line := instant(c.st.eng.Now()) + ":"
	for _, ref := range refs {
		line += " " + c.st.name(ref)
		m := c.st.store.At(ref)
		c.st.store.Move(ref, m, message.Processed)
		c.st.store.Free(ref)
	}
	c.got = append(c.got, line)
	c.fetcher.Want(shard)
}

// String tells what the consumer got.
func (c *consumer) String() string { return strings.Join(append(c.got, ""), "\n") }
