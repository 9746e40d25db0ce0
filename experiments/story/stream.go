package story

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"weir/models/kinesis"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// data is a data stream of a story. It keeps all records, for iterators.
type data struct {
	*kinesis.Stream
	names map[place]string // of the records
	put   []int            // records by shard, whenever they were put
}

// place is a record's shard and sequence number.
type place struct {
	shard    int
	sequence uint64
}

func (st *stage) makeStream(name, settings string) error {
	s, limits := new(kinesis.Spec), new(kinesis.Limits)
	if err := decode(settings, s); err != nil {
		return err
	}
	st.profile.Fill(limits)
	for _, p := range kinesis.Check(s, limits) {
		return errors.New(p.Field + " " + p.Text)
	}
	st.store.KeepIDs()
	d := &data{Stream: kinesis.New(st.eng, st.store, "streams."+name, s, limits), names: map[place]string{}}
	d.Log().Hold("streams." + name + "/iterators")
	d.Start()
	st.streams[name] = d
	return nil
}

// stream does a command about a stream, and reports whether it is one.
func (st *stage) stream(words []string) (answer string, is bool, err error) {
	args, options := split(words[1:])
	if words[0] == "get" && len(args) == 1 && st.iterators[args[0]] != nil {
		answer, err = st.get(st.iterators[args[0]], options)
		return answer, true, err
	}
	if words[0] == "got" && len(args) == 1 && st.consumers[args[0]] != nil {
		return st.consumers[args[0]].String(), true, nil
	}
	at := 0 // of the stream's name
	if words[0] == "iterator" || words[0] == "consumer" {
		at = 1
	}
	if len(args) <= at || st.streams[args[at]] == nil {
		return "", false, nil
	}
	d, rest := st.streams[args[at]], args[at+1:]
	is = true
	switch words[0] {
	case "put":
		answer, err = st.put(d, rest, options)
	case "put-records":
		answer, err = st.putRecords(d, rest, options)
	case "fill":
		answer, err = st.fill(d, rest, options)
	case "iterator":
		answer, err = st.iterate(args[0], d, rest)
	case "consumer":
		err = st.consume(args[0], d, options)
	case "split", "merge", "update-shard-count":
		answer, err = change(d, words[0], rest)
	case "shards":
		answer = d.shards()
	case "records":
		answer = strings.Trim(fmt.Sprint(d.put), "[]") + "\n"
	case "readers":
		answer = "they keep up\n"
		if d.Behind() > 3*d.PollEvery() {
			answer = "they fall behind\n"
		}
	default:
		is = false
	}
	return answer, is, err
}

// recordOptions reads the settings of a record.
func recordOptions(options [][2]string) (key string, hash *stream.Hash, size spec.Size, poison bool, err error) {
	key, size = "k", 100
	for _, o := range options {
		switch o[0] {
		case "key":
			key = o[1]
		case "hash":
			var part, of int
			if _, err = fmt.Sscanf(o[1], "%d/%d", &part, &of); err == nil {
				h := stream.Part(part, of)
				hash = &h
			}
		case "size":
			err = size.UnmarshalText([]byte(o[1]))
		case "poison":
			poison = true
		case "every":
		default:
			err = errUsage
		}
		if err != nil {
			break
		}
	}
	return key, hash, size, poison, err
}

// record makes the record of a name. Its size is that of its data.
func (st *stage) record(name string, options [][2]string) (stream.Entry, error) {
	key, hash, size, poison, err := recordOptions(options)
	if err != nil {
		return stream.Entry{}, err
	}
	ref := st.born(name, "", size)
	if poison {
		st.store.At(ref).Flags |= message.Poison
	}
	e := stream.Entry{Hash: stream.HashOf(key), Bytes: uint32(size) + uint32(len(key)), Messages: []message.Ref{ref}}
	if hash != nil {
		e.Hash = *hash
	}
	return e, nil
}

// noted notes a record that was put, and tells where it is.
func (d *data) noted(name string, shard int, sequence uint64) string {
	for len(d.put) < d.Shards() {
		d.put = append(d.put, 0)
	}
	d.put[shard]++
	d.names[place{shard, sequence}] = name
	return fmt.Sprintf("shard %d, sequence %d\n", shard, sequence)
}

func (st *stage) put(d *data, args []string, options [][2]string) (string, error) {
	if len(args) != 1 {
		return "", errUsage
	}
	e, err := st.record(args[0], options)
	if err != nil {
		return "", err
	}
	n := d.ShardOf(e.Hash)
	sequence := d.Log().End(n)
	if err := d.PutRecord(e); err != nil {
		return answer(err), nil
	}
	return d.noted(args[0], n, sequence), nil
}

// putRecords puts several records: NAME, NAME@KEY, or COUNT*NAME for so many of a name and a number.
func (st *stage) putRecords(d *data, args []string, options [][2]string) (string, error) {
	var names []string
	var entries []stream.Entry
	add := func(name string) error {
		of := options
		name, key, found := strings.Cut(name, "@")
		if found {
			of = append([][2]string{{"key", key}}, options...)
		}
		e, err := st.record(name, of)
		names, entries = append(names, name), append(entries, e)
		return err
	}
	for _, arg := range args {
		count, name, several := strings.Cut(arg, "*")
		if !several {
			count, name = "1", arg
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			return "", errUsage
		}
		for i := range n {
			numbered := name
			if several {
				numbered += strconv.Itoa(i + 1)
			}
			if err := add(numbered); err != nil {
				return "", err
			}
		}
	}
	next := make([]uint64, d.Shards())
	for n := range next {
		next[n] = d.Log().End(n)
	}
	failures := make([]error, len(entries))
	if err := d.PutRecords(entries, failures); err != nil {
		return answer(err), nil
	}
	out := ""
	for i, name := range names {
		if failures[i] != nil {
			out += name + " " + answer(failures[i])
			continue
		}
		n := d.ShardOf(entries[i].Hash)
		out += name + " " + d.noted(name, n, next[n])
		next[n]++
	}
	return out, nil
}

// fill puts so many records whose keys count up, one after the other, and answers how many were refused.
func (st *stage) fill(d *data, args []string, options [][2]string) (string, error) {
	if len(args) != 2 {
		return "", errUsage
	}
	count, err := strconv.Atoi(args[0])
	stem := strings.TrimRight(args[1], "0")
	var every spec.Duration
	for _, o := range options {
		if o[0] == "every" {
			err = errors.Join(err, every.UnmarshalText([]byte(o[1])))
		}
	}
	if err != nil {
		return "", errUsage
	}
	refused := 0
	for i := range count {
		key := fmt.Sprintf("%s%0*d", stem, len(args[1])-len(stem), i)
		of := append([][2]string{{"key", key}}, options...)
		if said, err := st.put(d, []string{key}, of); err != nil {
			return "", err
		} else if !strings.HasPrefix(said, "shard") {
			refused++
		}
		if err := st.run(every.Sim()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s: %d refused\n", instant(st.eng.Now()), refused), nil
}

// iterate makes an iterator.
func (st *stage) iterate(name string, d *data, args []string) (string, error) {
	if len(args) < 2 {
		return "", errUsage
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n >= d.Shards() {
		return "", errUsage
	}
	it := &iterator{data: d}
	switch kind := args[1]; {
	case kind == "TRIM_HORIZON":
		it.Iterator = d.TrimHorizon(n)
	case kind == "LATEST":
		it.Iterator = d.Latest(n)
	case len(args) < 3:
		return "", errUsage
	case kind == "AT_TIMESTAMP":
		var at spec.Duration
		err = at.UnmarshalText([]byte(args[2]))
		it.Iterator = d.AtTimestamp(n, sim.Time(at))
	case kind == "AT_SEQUENCE_NUMBER", kind == "AFTER_SEQUENCE_NUMBER":
		var sequence uint64
		sequence, err = strconv.ParseUint(args[2], 10, 64)
		it.Iterator = d.AtSequence(n, sequence, kind == "AFTER_SEQUENCE_NUMBER")
	default:
		return "", errUsage
	}
	st.iterators[name] = it
	return "", err
}

// iterator is an iterator of a story: it moves with each GetRecords.
type iterator struct {
	kinesis.Iterator
	data *data
}

// get reads on from an iterator.
func (st *stage) get(it *iterator, options [][2]string) (string, error) {
	most := 10_000
	for _, o := range options {
		var err error
		if most, err = strconv.Atoi(o[1]); err != nil || o[0] != "limit" {
			return "", errUsage
		}
	}
	p, err := it.data.GetRecords(it.Iterator, most)
	if err != nil {
		return answer(err), nil
	}
	shard := it.Shard
	it.Iterator = p.Next
	out := fmt.Sprintf("%s:", instant(st.eng.Now()))
	for i := range p.Records {
		out += " " + it.data.names[place{shard, p.First + uint64(i)}]
	}
	if p.Records == 0 {
		out += " nothing"
	}
	if p.Behind > 0 {
		out += ", " + spec.Duration(p.Behind).String() + " behind"
	}
	if p.Ended {
		out += ", the shard has ended"
	}
	return out + "\n", nil
}

// change asks for a resharding.
func change(d *data, what string, args []string) (string, error) {
	numbers := make([]int, len(args))
	for i, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return "", errUsage
		}
		numbers[i] = n
	}
	c := new(kinesis.ChangeSpec)
	switch {
	case what == "split" && len(numbers) == 1:
		c.Split = &kinesis.SplitSpec{Shard: numbers[0], Share: 0.5}
	case what == "merge" && len(numbers) == 2:
		c.Merge = numbers
	case what == "update-shard-count" && len(numbers) == 1:
		c.UpdateShardCount = &numbers[0]
	default:
		return "", errUsage
	}
	return answer(d.Change(c)), nil
}

// shards tells of all shards there were.
func (d *data) shards() string {
	out := ""
	for n := range d.Shards() {
		s := d.Log().Shard(n)
		out += fmt.Sprintf("%d: ", n)
		if s.IsOpen() {
			out += "open"
		} else {
			out += "closed"
		}
		for _, parent := range s.Parents {
			if parent != stream.NoShard {
				out += fmt.Sprintf(", of %d", parent)
			}
		}
		out += "\n"
	}
	return out
}
