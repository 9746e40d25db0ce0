// Package ring has the double-ended line that queues are made of.
package ring

const chunkSize = 512

// spares is how many emptied chunks are kept at the least; a long line keeps as many again as it uses.
const spares = 8

// Buffer is a double-ended line of values, first in first out by default. Its memory follows its length in
// chunks, without copying and without slack of a factor, and emptied chunks are kept for the next pushes, so that
// a line in steady state allocates nothing. The zero Buffer is ready to use.
type Buffer[T any] struct {
	chunks []*[chunkSize]T // ring of chunks; its length is zero or a power of two
	first  int             // position of the front value: chunk first/chunkSize of the ring
	length int
	spare  []*[chunkSize]T
}

// Len returns the number of values in line.
func (b *Buffer[T]) Len() int { return b.length }

// Push puts v at the back.
func (b *Buffer[T]) Push(v T) {
	if b.first+b.length >= (b.first/chunkSize+len(b.chunks))*chunkSize {
		b.grow()
	}
	*b.slot(b.first + b.length) = v
	b.length++
}

// PushFront puts v at the front.
func (b *Buffer[T]) PushFront(v T) {
	if b.first%chunkSize == 0 {
		if len(b.chunks)*chunkSize < b.length+chunkSize {
			b.grow()
		}
		if b.first == 0 {
			b.first = len(b.chunks) * chunkSize
		}
	}
	b.first--
	b.length++
	*b.slot(b.first) = v
}

// Front returns the value at the front. It panics if the line is empty.
func (b *Buffer[T]) Front() *T {
	if b.length == 0 {
		panic("ring: Front of an empty line")
	}
	return b.slot(b.first)
}

// Back returns the value at the back. It panics if the line is empty.
func (b *Buffer[T]) Back() *T {
	if b.length == 0 {
		panic("ring: Back of an empty line")
	}
	return b.slot(b.first + b.length - 1)
}

// At returns the i-th value from the front.
func (b *Buffer[T]) At(i int) *T {
	if uint(i) >= uint(b.length) {
		panic("ring: index out of the line")
	}
	return b.slot(b.first + i)
}

// Pop takes the value at the front. It panics if the line is empty.
func (b *Buffer[T]) Pop() T {
	v := *b.Front()
	b.first++
	b.length--
	if b.first%chunkSize == 0 {
		b.release((b.first - 1) / chunkSize)
		if b.first == len(b.chunks)*chunkSize {
			b.first = 0
		}
	}
	return v
}

// Keep removes the values for which keep is false; the order of the others stays.
func (b *Buffer[T]) Keep(keep func(T) bool) {
	kept := 0
	for i := range b.length {
		if v := *b.slot(b.first + i); keep(v) {
			*b.slot(b.first + kept) = v
			kept++
		}
	}
	last := (b.first + max(kept, 1) - 1) / chunkSize
	for c := (b.first + b.length - 1) / chunkSize; b.length > 0 && c > last; c-- {
		b.release(c)
	}
	b.length = kept
}

// Clear removes all values.
func (b *Buffer[T]) Clear() { *b = Buffer[T]{spare: b.spare} }

func (b *Buffer[T]) slot(position int) *T {
	chunk := &b.chunks[position/chunkSize&(len(b.chunks)-1)]
	if *chunk == nil {
		*chunk = b.take()
	}
	return &(*chunk)[position%chunkSize]
}

func (b *Buffer[T]) take() *[chunkSize]T {
	n := len(b.spare)
	if n == 0 {
		return new([chunkSize]T)
	}
	c := b.spare[n-1]
	b.spare = b.spare[:n-1]
	return c
}

func (b *Buffer[T]) release(chunk int) {
	i := chunk & (len(b.chunks) - 1)
	if c := b.chunks[i]; c != nil && len(b.spare) <= spares+b.length/chunkSize {
		b.spare = append(b.spare, c)
	}
	b.chunks[i] = nil
}

// grow doubles the ring of chunks and turns it so that the chunk of the front comes first.
func (b *Buffer[T]) grow() {
	larger := make([]*[chunkSize]T, max(1, 2*len(b.chunks)))
	front := b.first / chunkSize
	for i := range b.chunks {
		larger[i] = b.chunks[(front+i)&(len(b.chunks)-1)]
	}
	b.chunks = larger
	b.first %= chunkSize
}
