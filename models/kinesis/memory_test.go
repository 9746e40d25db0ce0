package kinesis

import (
	"testing"
	"unsafe"
)

func TestWhatARecordChangesOfAShardIsTwoLinesOfTheCache(t *testing.T) {
	if n, hot := unsafe.Sizeof(shard{}), unsafe.Offsetof(shard{}.reads); n%64 != 0 || hot != 128 {
		t.Errorf("a shard takes %d bytes, %d of them before its reads", n, hot)
	}
}
