// Package cloudwatch models Amazon CloudWatch: metrics read at the end of each period, alarms on them, and what alarms
// do.
package cloudwatch
