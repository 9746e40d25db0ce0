package iam

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// ResourceSpec is whose a resource is and who may use it, as the scenario describes it.
type ResourceSpec struct {
	// The account that it belongs to.
	Account Account `yaml:"account" default:"111122223333"`
	// Its resource policy, in AWS's own shape. Without one its own account may use it, and no other.
	Policy *yaml.Node `yaml:"policy"`
}

// IdentitySpec is on whose behalf a component makes its calls, as the scenario describes it.
type IdentitySpec struct {
	// The account that its role belongs to.
	Account Account `yaml:"account" default:"111122223333"`
	// The identity policies of its role, in AWS's own shape. It may do everything unless they are given.
	IdentityPolicies []*yaml.Node `yaml:"identity_policies"`
}

// Account is an account's number, of 12 digits. A scenario's own is the one of AWS's examples.
type Account string

// UnmarshalText reads an account's number.
func (a *Account) UnmarshalText(text []byte) error {
	if !isAccount(string(text)) {
		return fmt.Errorf("an account has 12 digits, such as 111122223333, and not %s", spec.Quote(string(text)))
	}
	*a = Account(text)
	return nil
}

// MarshalText returns the number.
func (a Account) MarshalText() ([]byte, error) { return []byte(a), nil }

// Service is a service as a principal, such as cloudwatch.amazonaws.com.
type Service string

// UnmarshalText reads a service's name.
func (s *Service) UnmarshalText(text []byte) error {
	if problem := checkService(string(text)); problem != "" {
		return fmt.Errorf("%s", problem)
	}
	*s = Service(text)
	return nil
}

// MarshalText returns the name.
func (s Service) MarshalText() ([]byte, error) { return []byte(s), nil }
