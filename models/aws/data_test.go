package aws

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryConstantSaysWhatItIsAndWhereItIsFrom(t *testing.T) {
	for _, name := range Names {
		p := load(t, name)
		for _, e := range p.Entries() {
			if e.What == "" || e.Source == "" || e.Value == "" {
				t.Errorf("%s: %s has no what, source or value: %+v", name, e.Key, e)
			}
			if e.Grade != "D" && !dated(e.Date) {
				t.Errorf("%s: %s: %q is not a date", name, e.Key, e.Date)
			}
			checkGrade(t, name+": "+e.Key, e.Grade, e.Note)
			if folder, _, _ := strings.Cut(e.Key, "."); !constantStandsIn(t, folder, e.Key) {
				t.Errorf("%s does not stand in constants/%s.yaml", e.Key, folder)
			}
		}
	}
}

var yearMonthDay = regexp.MustCompile(`^20[0-9]{2}(-[0-9]{2}){0,2}$`)

func dated(s string) bool { return yearMonthDay.MatchString(s) }

// checkGrade checks that the grade is known, and that a number without a source says why it is what it is.
func checkGrade(t *testing.T, what, grade, note string) {
	t.Helper()
	if !slices.ContainsFunc(Grades, func(g Grade) bool { return g.Letter == grade }) {
		t.Errorf("%s: there is no grade %q", what, grade)
	}
	if (grade == "U" || grade == "I") && note == "" {
		t.Errorf("%s has grade %s and no note that says why", what, grade)
	}
}

func constantStandsIn(t *testing.T, file, key string) bool {
	t.Helper()
	data, err := files.ReadFile("data/constants/" + file + ".yaml")
	return err == nil && strings.Contains(string(data), "\n"+key+":\n")
}

func TestEveryProfileHasTheSameConstants(t *testing.T) {
	keys := func(name string) (keys []string) {
		for _, e := range load(t, name).Entries() {
			keys = append(keys, e.Key+" "+e.Unit)
		}
		return keys
	}
	for _, name := range Names {
		if !slices.Equal(keys(name), keys(Default)) {
			t.Errorf("%s and %s have different constants", name, Default)
		}
	}
}

var tag = regexp.MustCompile("`[^`]*\\baws:\"([^\"]+)\"[^`]*`")

// Tags are strings, so the compiler does not see a constant that was renamed: this test does, for the whole project.
func TestEveryTagOfTheProjectNamesAConstant(t *testing.T) {
	known, asked := map[string]bool{}, map[string]bool{}
	for _, e := range load(t, Default).Entries() {
		known[e.Key] = true
	}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, found := range tag.FindAllStringSubmatch(string(code), -1) {
			if asked[found[1]] = true; !known[found[1]] {
				t.Errorf("%s: there is no constant %s", path, found[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) < 20 {
		t.Fatalf("the search for tags found only %d", len(asked))
	}
}

func TestEveryPriceSaysWhereItIsFromAndItsTiersRiseToNoEnd(t *testing.T) {
	for _, region := range Regions() {
		l, err := LoadPrices(region)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sortedKeys(l.items) {
			item := l.items[name]
			seen := map[string]bool{}
			if item.Unit == "" || len(item.Rates) == 0 && l.items[item.As].Unit == "" {
				t.Errorf("%s: %s has no unit or no rates", region, name)
			}
			for _, r := range item.Rates {
				what := region + ": " + name
				checkGrade(t, what, r.Grade, r.Note)
				if r.Source == "" || !dated(r.Date) {
					t.Errorf("%s has a rate without source or date", what)
				}
				if (len(r.Tiers) == 0) == (len(r.Variants) == 0) {
					t.Errorf("%s: a rate has either tiers or variants", what)
				}
				checkTiers(t, what, r.Tiers)
				for variant, usd := range r.Variants {
					if seen[variant] || !(usd > 0) {
						t.Errorf("%s/%s stands twice, or its price is not positive", what, variant)
					}
					seen[variant] = true
				}
			}
		}
	}
}

func checkTiers(t *testing.T, what string, tiers []Tier) {
	t.Helper()
	from := 0.0
	for i, tier := range tiers {
		if last := i == len(tiers)-1; last != (tier.UpTo == 0) || !last && tier.UpTo <= from || !(tier.USD > 0) {
			t.Errorf("%s: tier %d of %v is wrong", what, i, tiers)
		}
		from = tier.UpTo
	}
}

func TestEverySizeHasASourceAndAPrice(t *testing.T) {
	all, err := loadSizes()
	if err != nil {
		t.Fatal(err)
	}
	priced := map[string]bool{}
	for _, region := range Regions() {
		l, _ := LoadPrices(region)
		for _, r := range append(l.items["ec2.instance_hours"].Rates, l.items["rds.instance_hours"].Rates...) {
			for variant := range r.Variants {
				parts := strings.Split(variant, "/")
				priced[parts[len(parts)/2]] = true // postgres/db.m5.large/single_az, or m5.large
			}
		}
	}
	sized := map[string]bool{}
	for _, g := range append(all.EC2, all.RDS...) {
		checkGrade(t, g.Source, g.Grade, g.Note)
		if g.Source == "" || !dated(g.Date) {
			t.Errorf("a group of sizes has no source or date: %+v", g)
		}
		for name, s := range g.Types {
			if sized[name] || s.VCPUs < 1 || !priced[name] {
				t.Errorf("%s stands twice, has no vCPU or no price", name)
			}
			sized[name] = true
		}
	}
	for name := range priced {
		if !sized[name] {
			t.Errorf("%s has a price and no size", name)
		}
	}
}

func load(t *testing.T, name string) *Profile {
	t.Helper()
	p, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
