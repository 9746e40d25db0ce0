// Package network models the VPC that functions work in: its routes out, and what they cost.
//
// # What is modelled
//
// Whether a call out of a subnet reaches anything. A VPC endpoint leads to its service. A NAT gateway leads from
// private subnets to everything else; from a public subnet it does not, for a function has no public address there:
// its calls wait for a connection until the SDK gives up, or the function's time is up. A database may be in a VPC,
// and is then reached from there only. Calls of work to HTTP services that go by a VPC are metered at its NAT gateway.
// Gateways and endpoints are billed by the hour and by what passes them, and the gateways' public addresses by the
// hour.
//
// # What is not
//
// Private NAT gateways. The time that a gateway or an endpoint takes, its bandwidth, and the 55,000 connections that a
// NAT gateway holds to one destination: a design that comes near has more environments than that. Security groups and
// network ACLs. The network interface of a function is made with it: a cold start takes longer by
// lambda.placement.vpc, and no function is pending. Addresses of a subnet do not run out.
//
// # Facts
//
// VPC user guide (awsdocs/amazon-vpc-user-guide @a16ab76), NAT gateways: 55,000 simultaneous connections to each
// unique destination for each address. Lambda developer guide (awsdocs @38e9014), foundation-networking.md: a function
// in a VPC reaches the internet through NAT alone. Prices in models/aws/data/prices.
//
// # Statistics
//
// Calls by their route, those that had none, gigabytes.
package network
