package reference_test

import (
	"strings"
	"testing"

	"weir/experiments"
	"weir/experiments/reference"
)

func text(t *testing.T, topic string) string {
	t.Helper()
	page, err := reference.Of(topic, "us-east-1")
	if err != nil {
		t.Fatalf("%s: %v", topic, err)
	}
	var b strings.Builder
	if err := page.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePagesSayWhatThereIs(t *testing.T) {
	for topic, want := range map[string][]string{
		"":               {"queues  names, each with keys\n    SQS queues", "name  text  [required]"},
		"queues":         {"visibility_timeout  a length of time  [30s]\n", "redrive  keys\n"},
		"queues.redrive": {"to  section.name  [required]\n    The dead-letter queue.", "whole number from 1 to 1000"},
		"fleets.calls":   {"max_attempts", "retry"},
		"fleets.delete":  {"delete  each, batch, async  [each]"},
		"run":            {"warmup  none, auto or a length of time  [none]"},
		"figures":        {"sqs.queue visible_max  messages\n", "lambda.function cold_starts  "},
		"usage":          {"sqs.requests.standard  $0.4 for 1,000,000 × request\n", "ec2.instance_hours m5.large  $0.096 for each"},
		"summary":        {"paths.NAME.latency_s  estimate, by name\n    from birth to the end of the work"},
		"causes":         {"backlog\n"},
	} {
		got := text(t, topic)
		for _, part := range want {
			if topic == "fleets.calls" && part == "max_attempts" {
				if strings.Contains(got, part) {
					t.Errorf("%s: the keys of retry are on its own page:\n%s", topic, got)
				}
				continue
			}
			if !strings.Contains(got, part) {
				t.Errorf("%s has no %q:\n%.2000s", topic, part, got)
			}
		}
	}
}

func TestEverySectionHasAPageWithTexts(t *testing.T) {
	for _, section := range experiments.Sections() {
		page, err := reference.Keys(section)
		if err != nil || len(page.Keys) == 0 || page.Text == "" {
			t.Errorf("%s: %v, %+v", section, err, page)
			continue
		}
		for _, k := range page.Keys {
			if k.Form == "" || k.Text == "" {
				t.Errorf("%s.%s says nothing: %+v", section, k.Name, k)
			}
		}
	}
}

func TestAMistakeIsAnswered(t *testing.T) {
	_, err := reference.Of("queues.redrive.max_recieve_count", "us-east-1")
	if err == nil || !strings.Contains(err.Error(), "queues.redrive has no key") ||
		!strings.Contains(err.Error(), "did you mean max_receive_count?") {
		t.Error(err)
	}
	if _, err := reference.Of("usage", "mars-north-1"); err == nil {
		t.Error("there are prices of Mars")
	}
}

func TestMarkdownIsATable(t *testing.T) {
	page, err := reference.Keys("queues.redrive")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := page.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	const row = "| `to` | section.name | required | The dead-letter queue. |\n"
	if !strings.Contains(b.String(), "|---|---|---|---|\n") || !strings.Contains(b.String(), row) {
		t.Errorf("no row %q in\n%s", row, b.String())
	}
}
