package report_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/experiments"
	"weir/results"
	"weir/results/report"
)

// shop is a small design with most of what a report tells of.
const shop = `name: a <shop> & more
description: How late do orders get when the database is away?
run: {duration: 10m, replications: 2}
producers:
  site: {to: queues.orders, arrivals: {poisson: 20/s}, size: 1KiB, poison: 1%, deadline: 10s}
  clicks: {to: streams.clicks, arrivals: {poisson: 120/s}, size: 50KiB, key: {uniform: 100}}
queues:
  orders: {redrive: {to: queues.dead, max_receive_count: 3}, visibility_timeout: 30s}
  dead: {}
streams:
  clicks: {shards: 2}
consumers:
  sessions: {from: streams.clicks, workers: 1, host: {type: m5.large}, work: 2ms}
fleets:
  workers:
    from: queues.orders
    instance: {type: m5.large, threads: 2}
    work: 50ms
    calls: [{to: databases.orders, time: 5ms}]
    scaling: {min: 1, max: 4, start_up: 30s, target_tracking: {metric: backlog_per_instance, target: 50}}
databases:
  orders: {instance: db.m5.large}
alarms:
  waiting:
    of: queues.orders
    metric: ApproximateNumberOfMessagesVisible
    threshold: 100
    expect: {fires_within: 3m, after: faults.away}
faults:
  away: {of: databases.orders, outage: {}, at: 3m, for: 2m}
objectives:
  - {metric: latency.p99, of: producers.site -> fleets.workers, below: 3m}
`

// shopDir is the folder of the shop's results, which all tests read.
var shopDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		panic(err)
	}
	shopDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// written writes the result folder of the shop, once.
var written = sync.OnceValues(func() (string, error) {
	dir := shopDir
	file := filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(file, []byte(shop), 0o600); err != nil {
		return "", err
	}
	design, err := experiments.Open(file, "", nil)
	if err != nil {
		return "", err
	}
	e, err := design.Run(context.Background(), nil)
	if err != nil {
		return "", err
	}
	folder, err := results.Begin(filepath.Join(dir, "out"))
	if err != nil {
		return "", err
	}
	s := design.Summarise(e, results.Build{Version: "0", Commit: "0"}, 1)
	return filepath.Join(dir, "out"), errors.Join(report.Write(folder, s, e, design.Told()), folder.Commit())
})

// page returns the folder of results and the text of its page.
func page(t *testing.T) (dir, text string) {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, string(data)
}

// The limits of a page: three megabytes, and twelve kilobytes of script, which also zooms and speaks.
const (
	pageBytesMost   = 3 << 20
	scriptBytesMost = 12 << 10
)

var (
	references = regexp.MustCompile(`(?i)\s(?:src|href|srcset|action|data|poster|xlink:href)="([^"]*)"`)
	outside    = regexp.MustCompile(`(?i)url\([^#]|@import|<(?:iframe|img|object|embed|base|form|video|audio)\b`)
	ids        = regexp.MustCompile(`\sid="([^"]*)"`)
	labels     = regexp.MustCompile(`<svg[^>]*aria-labelledby="([^"]*)"`)
	headers    = regexp.MustCompile(`<th[ >][^>]*`)
	headings   = regexp.MustCompile(`<h([1-6])`)
	scripts    = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
)

func TestAPageStandsAlone(t *testing.T) {
	dir, text := page(t)
	if len(text) > pageBytesMost {
		t.Errorf("the page has %d bytes", len(text))
	}
	for _, r := range references.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(r[1], "#") && r[1] != "data:," {
			t.Errorf("the page refers to %s", r[1])
		}
	}
	if bad := outside.FindString(text); bad != "" {
		t.Errorf("the page holds %s", bad)
	}
	found := scripts.FindAllStringSubmatch(text, -1)
	if len(found) != 1 || len(found[0][1]) > scriptBytesMost {
		t.Errorf("%d scripts, want one of at most %d bytes", len(found), scriptBytesMost)
	}
	if strings.Contains(text, "a <shop>") {
		t.Error("the name became part of the page")
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Error("the page holds what is no text")
	}
	figures, err := filepath.Glob(filepath.Join(dir, "figures", "*.svg"))
	if err != nil || len(figures) < 12 {
		t.Errorf("%d figures: %v", len(figures), err)
	}
	if inlined := strings.Count(text, "<svg "); inlined != len(figures) {
		t.Errorf("%d figures are in the page, %d in the folder", inlined, len(figures))
	}
	for _, f := range figures {
		if _, err := os.Stat(strings.TrimSuffix(f, "svg") + "png"); err != nil {
			t.Error(err)
		}
		checkXML(t, f)
	}
}

// checkXML checks that a figure can be read as XML.
func checkXML(t *testing.T, file string) {
	t.Helper()
	data, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	for decoder := xml.NewDecoder(data); ; {
		switch _, err := decoder.Token(); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatalf("%s: %s", file, err)
		}
	}
}

func TestAPageCanBeReadAloud(t *testing.T) {
	_, text := page(t)
	var all []string
	for _, m := range ids.FindAllStringSubmatch(text, -1) {
		if slices.Contains(all, m[1]) {
			t.Errorf("the id %s stands twice", m[1])
		}
		all = append(all, m[1])
	}
	for _, m := range labels.FindAllStringSubmatch(text, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !slices.Contains(all, id) {
				t.Errorf("a figure is labelled by %s, which is not there", id)
			}
		}
	}
	if n, svgs := len(labels.FindAllString(text, -1)), strings.Count(text, "<svg "); n != svgs {
		t.Errorf("%d of %d figures have a title and a description", n, svgs)
	}
	for _, r := range references.FindAllStringSubmatch(text, -1) {
		if id, ok := strings.CutPrefix(r[1], "#"); ok && !slices.Contains(all, id) {
			t.Errorf("a link leads to %s, which is not there", id)
		}
	}
	for _, h := range headers.FindAllString(text, -1) {
		if !strings.Contains(h, "scope=") {
			t.Errorf("%s> has no scope", h)
		}
	}
	last := 0
	for _, h := range headings.FindAllStringSubmatch(text, -1) {
		level := int(h[1][0] - '0')
		if level > last+1 {
			t.Errorf("a heading of level %d follows one of level %d", level, last)
		}
		last = level
	}
}

// What the issue asks of a report stands in it.
func TestAPageTellsTheWholeStory(t *testing.T) {
	_, text := page(t)
	at := 0
	for _, want := range []string{
		"How late do orders get when the database is away?", `id="verdict"`, "objective", "What limits it", `id="design"`,
		"fault: away", `id="load"`, `id="latency"`, `id="why"`, `id="backlog"`, `id="limits"`, "records refused at the write limit",
		`id="scaling"`, "Scaling activities", `id="faults"`, "time to drain", `id="alarms"`, "expected at the latest",
		`id="ledger"`, `id="cost"`, "Kinesis shard hours", `id="objectives"`, `id="settings"`, "Sources of the prices",
		"every default spelled out",
	} {
		found := strings.Index(text[at:], want)
		if found < 0 {
			t.Errorf("the page does not have %q, or has it too early", want)
			continue
		}
		at += found
	}
}

// browser returns Chromium, or skips the test where there is none.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/usr/lib/chromium/chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium here")
	return ""
}

// dump returns a page as the browser shows it, and what the console says.
func dump(t *testing.T, file string) (text, console string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser(t), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--enable-logging=stderr", "--v=0", "--dump-dom", "file://"+file)
	var says strings.Builder
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("Chromium does not start here: %s", err)
	}
	return string(out), says.String()
}

// scripted writes the page with a script at its end, which its own policy would not let run.
func scripted(t *testing.T, script string) (file string) {
	t.Helper()
	browser(t)
	_, text := page(t)
	policy := regexp.MustCompile(`<meta http-equiv[^>]*>`)
	text = strings.Replace(policy.ReplaceAllString(text, ""), "</body>", script, 1)
	file = filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pointer moves over the middle of a panel, hides a series by the keyboard, and moves again.
const pointer = `<script>
const panel = document.querySelector("#throughput-t").closest("svg").querySelector(".panel"), svg = panel.closest("svg");
const m = svg.getScreenCTM(), x = panel.dataset.x.split(" "), y = panel.dataset.y.split(" ");
const at = new DOMPoint((+x[0] + +x[1]) / 2, (+y[0] + +y[1]) / 2).matrixTransform(m);
const shown = () => { svg.dispatchEvent(new PointerEvent("pointermove", {clientX: at.x, clientY: at.y}));
  return document.querySelector("#tip").textContent.split("\n") };
const before = shown(), key = svg.querySelector(".key");
key.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
document.body.dataset.before = before.join("|"); document.body.dataset.after = shown().join("|");
</script></body>`

// The pointer shows the time and the value of each series that is not hidden.
func TestValuesAreShownWhereThePointerIs(t *testing.T) {
	out, console := dump(t, scripted(t, pointer))
	shown := regexp.MustCompile(`data-before="([^"]*)" data-after="([^"]*)"`).FindStringSubmatch(out)
	if shown == nil {
		t.Fatalf("nothing was shown: %s", console)
	}
	before, after := strings.Split(shown[1], "|"), strings.Split(shown[2], "|")
	if before[0] != "5 min" || len(before) != 5 || len(after) != 4 {
		t.Fatalf("the pointer shows %q, then %q", before, after)
	}
	for _, line := range before[1:] {
		if !regexp.MustCompile(`^\w+ (?:arrivals|processed): [\d.]+ messages/s$`).MatchString(line) {
			t.Errorf("the pointer shows %q", line)
		}
		if v, ok := strings.CutPrefix(line, "clicks arrivals: "); ok { // 120/s
			v, _, _ = strings.Cut(v, " ")
			if n, err := strconv.ParseFloat(v, 64); err != nil || n < 60 || n > 200 {
				t.Errorf("at 120/s the pointer shows %q", line)
			}
		}
	}
}

// keys goes through a figure by the keyboard: to the middle of its times, half and a quarter of its width, and back.
const keys = `<script>
const svg = document.querySelector("#throughput-t").closest("svg"), say = [];
const press = key => { svg.dispatchEvent(new KeyboardEvent("keydown", {key}));
  say.push(document.querySelector("#tip").textContent.split("\n")[0]); };
const labels = () => [...svg.querySelectorAll(".marks text")].map(t => t.textContent).join(",");
press("ArrowRight"); press("ArrowLeft"); press("+"); press("+"); say.push(labels()); press("End"); press("Escape");
say.push("whole:" + labels(), String(svg.querySelectorAll(".off, [transform^=matrix]").length)); press("Home");
document.body.dataset.said = say.join("|");
</script></body>`

// With the keyboard alone a reader gets the values, half and a quarter of the time, and the whole again: of ten minutes
// the middle quarter is from 3.75 to 6.25.
func TestAFigureIsExploredByTheKeyboard(t *testing.T) {
	out, console := dump(t, scripted(t, keys))
	said := regexp.MustCompile(`data-said="([^"]*)"`).FindStringSubmatch(out)
	if said == nil {
		t.Fatalf("nothing was said: %s", console)
	}
	want := "5.1 min|5 min|5 min|5 min|4 min,4.5 min,5 min,5.5 min,6 min|6.25 min|10 min|whole:|0|0 µs"
	if said[1] != want {
		t.Errorf("the figure says %q, want %q", said[1], want)
	}
}

// A page runs in a browser without an error, its policy lets its script run, and the script makes the legend's entries
// into buttons.
func TestAPageRunsInABrowser(t *testing.T) {
	browser(t)
	dir, _ := page(t)
	out, console := dump(t, filepath.Join(dir, "report.html"))
	for line := range strings.Lines(console) {
		if strings.Contains(line, ":CONSOLE") {
			t.Errorf("the console says %s", line)
		}
	}
	if strings.Count(out, `role="button"`) < 10 || !strings.Contains(out, `id="tip"`) {
		t.Error("the script did not run")
	}
	if strings.Count(out, "<svg ") < 12 {
		t.Error("the figures are not there")
	}
}
