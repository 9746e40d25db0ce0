package aws

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// InstanceType is the size of an EC2 instance type or of an RDS class.
type InstanceType struct {
	VCPUs       int
	MemoryBytes int64
}

// sizes is the data file of sizes: groups of types that share a source.
type sizes struct {
	EC2 []sizeGroup `yaml:"ec2"`
	RDS []sizeGroup `yaml:"rds"`
}

type sizeGroup struct {
	Source string          `yaml:"source"`
	Date   string          `yaml:"date"`
	Grade  string          `yaml:"grade"`
	Note   string          `yaml:"note"`
	Types  map[string]size `yaml:"types"`
}

type size struct {
	VCPUs  int    `yaml:"vcpus"`
	Memory string `yaml:"memory"`
}

// LookUpInstance returns the size of an EC2 instance type such as m5.large. The error suggests the name that was meant.
func LookUpInstance(name string) (InstanceType, error) {
	if errOfSizes != nil {
		return InstanceType{}, errOfSizes
	}
	return lookUpSize(allSizes.EC2, "instance type", name)
}

// LookUpDatabaseClass returns the size of an RDS class such as db.m5.large. The error suggests the name that was meant.
func LookUpDatabaseClass(name string) (InstanceType, error) {
	if errOfSizes != nil {
		return InstanceType{}, errOfSizes
	}
	return lookUpSize(allSizes.RDS, "database class", name)
}

// The data file is read once, as the program starts: every trial of a design looks its sizes up, several trials at a
// time.
var allSizes, errOfSizes = loadSizes()

func loadSizes() (all sizes, err error) { return all, decodeFile("data/instances.yaml", &all) }

func lookUpSize(groups []sizeGroup, kind, name string) (InstanceType, error) {
	var names []string
	for _, g := range groups {
		if s, ok := g.Types[name]; ok {
			var memory spec.Size
			err := memory.UnmarshalText([]byte(s.Memory))
			return InstanceType{s.VCPUs, int64(memory)}, err
		}
		names = append(names, sortedKeys(g.Types)...)
	}
	return InstanceType{}, fmt.Errorf("there is no %s %q of known size and price%s", kind, name, didYouMean(name, names))
}

// decodeFile decodes a data file, whose keys must all be known.
func decodeFile(name string, target any) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// DatabaseConstants are the constants of RDS that a profile holds.
type DatabaseConstants struct {
	ReservedMemory             spec.Size  `aws:"rds.reserved_memory"`
	ReservedMemoryShare        spec.Share `aws:"rds.reserved_memory_share"`
	PostgresBytesPerConnection int64      `aws:"rds.postgres.bytes_per_connection"`
	PostgresConnectionsMax     int64      `aws:"rds.postgres.connections_max"`
	MySQLBytesPerConnection    int64      `aws:"rds.mysql.bytes_per_connection"`
	MySQLConnectionsMax        int64      `aws:"rds.mysql.connections_max"`
}

// MaxConnections returns the default max_connections of an engine, postgres or mysql, on a class: AWS's formula over
// DBInstanceClassMemory, which is the class's memory without what the system keeps for itself.
func (c *DatabaseConstants) MaxConnections(engine string, class InstanceType) int64 {
	reserved := int64(c.ReservedMemory) + int64(float64(c.ReservedMemoryShare)*float64(class.MemoryBytes))
	memory := max(class.MemoryBytes-reserved, 0)
	if engine == "mysql" {
		return max(min(memory/c.MySQLBytesPerConnection, c.MySQLConnectionsMax), 1)
	}
	return max(min(memory/c.PostgresBytesPerConnection, c.PostgresConnectionsMax), 1)
}
