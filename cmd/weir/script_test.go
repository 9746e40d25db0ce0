package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weir": func() { os.Exit(run()) }})
}

// The scripts are sessions of a user: commands, exit statuses, what is printed, what is written.
func TestSessionsOfAUser(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    status,
			"large":     large,
			"interrupt": interrupt,
		},
	})
}

// status runs weir and checks its exit status: status 2 run bad.yaml.
func status(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("weir", args[1:]...)
	got := "0"
	if err != nil {
		got = err.Error()[len("exit status "):]
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// large writes a file of so many MB: large big.yaml.
func large(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, 5<<20), 0o644))
}

// untilAdded runs a command until a file has more lines than before, and then sends it a signal.
const untilAdded = `
before=$(cat "$1" 2>/dev/null | wc -l)
journal=$1 signal=$2
shift 2
"$@" 2>err & pid=$!
while kill -0 $pid 2>/dev/null; do
	if [ "$(cat "$journal" 2>/dev/null | wc -l)" -gt $((before + 1)) ]; then kill -$signal $pid; break; fi
	sleep 0.01
done
wait $pid
cat err >&2
rm err
`

// interrupt runs weir and ends it by a signal when a journal has grown: interrupt TERM journal sweep small.yaml.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("sh", append([]string{"-c", untilAdded, "sh", args[1], args[0], "weir"}, args[2:]...)...))
}
