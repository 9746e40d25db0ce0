package aws

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// InstanceType is the size of an EC2 instance type or of an RDS class.
type InstanceType struct {
	VCPUs       int
	MemoryBytes int64
}

type instanceFile map[string]map[string]struct {
	VCPUs  int    `yaml:"vcpus"`
	Memory string `yaml:"memory"`
}

// LookUpInstance returns the size of an EC2 type such as m5.large.
func LookUpInstance(name string) (InstanceType, error) { return lookUp("ec2", name) }

// LookUpDatabaseClass returns the size of an RDS class such as db.m5.large.
func LookUpDatabaseClass(name string) (InstanceType, error) { return lookUp("rds", name) }

func lookUp(kind, name string) (InstanceType, error) {
	data, err := files.ReadFile("data/instances.yaml")
	if err != nil {
		return InstanceType{}, err
	}
	var all instanceFile
	if err := yaml.Unmarshal(data, &all); err != nil {
		return InstanceType{}, err
	}
	found, ok := all[kind][name]
	if !ok {
		hint := ""
		if s := spec.Suggest(name, slices.Sorted(maps.Keys(all[kind]))); s != "" {
			hint = ": did you mean " + s + "?"
		}
		return InstanceType{}, fmt.Errorf("%q is not a type that Weir knows%s", name, hint)
	}
	var memory spec.Size
	err = memory.UnmarshalText([]byte(found.Memory))
	return InstanceType{found.VCPUs, int64(memory)}, err
}

// DatabaseConstants are the constants of RDS that a profile holds.
type DatabaseConstants struct {
	PostgresBytesPerConnection int64 `aws:"rds.postgres.bytes_per_connection"`
	PostgresConnectionsMax     int64 `aws:"rds.postgres.connections_max"`
	MySQLBytesPerConnection    int64 `aws:"rds.mysql.bytes_per_connection"`
	MySQLConnectionsMax        int64 `aws:"rds.mysql.connections_max"`
}

// MaxConnections returns the default max_connections of an engine on a class. The formulas take
// DBInstanceClassMemory, which is a little less than the class's memory: by how much is not published.
func (c *DatabaseConstants) MaxConnections(engine string, class InstanceType) int64 {
	if engine == "mysql" {
		return min(class.MemoryBytes/c.MySQLBytesPerConnection, c.MySQLConnectionsMax)
	}
	return min(class.MemoryBytes/c.PostgresBytesPerConnection, c.PostgresConnectionsMax)
}
