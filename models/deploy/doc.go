// Package deploy models AWS CodeDeploy for Lambda: a deployment that shifts the traffic of an alias from a version to
// the next one.
//
// # What is modelled
//
// A deployment begins at a set time. The hook BeforeAllowTraffic runs; then traffic shifts: all at once, a canary's
// share first and the rest after an interval, or in equal steps, the first one at once; then AfterAllowTraffic runs.
// Each request is routed by chance, as an alias does. A hook that fails, or that does not call back within an hour,
// fails the deployment. An alarm of the design that is in ALARM stops the deployment, or keeps it from beginning.
// Alarms of its own are looked at each period of a minute; one that is in ALARM stops the deployment. A deployment that
// fails or is stopped is rolled back, if it is configured so: all traffic goes to the old version at once.
//
// # What is not
//
// The time that CodeDeploy itself takes to act, which is not published: it acts at the instant an alarm is evaluated.
// CloudWatch's delay of a metric, but for its period, where the alarms are the deployment's own; alarms of the design
// have it. Deployments of EC2 and ECS.
//
// # Facts
//
// CodeDeploy user guide (awsdocs/aws-codedeploy-user-guide @ab01eb2), deployment-configurations.md, limits.md,
// reference-appspec-file-structure-hooks.md, monitoring-create-alarms.md, deployments-rollback-and-redeploy.md; Lambda
// developer guide (awsdocs/aws-lambda-developer-guide @38e9014), configuration-aliases.md. CodeDeploy is taken to cost
// nothing for Lambda: no price was found.
//
// # Statistics
//
// The share of the traffic on the new version over time, invocations and failed invocations of it (the blast radius),
// when the deployment ended and how.
package deploy
