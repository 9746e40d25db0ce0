package calls

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// call is a call under way.
type call struct {
	client  *Client
	caller  message.Caller
	token   uint64
	request Request
	begun   sim.Time
	asked   sim.Time     // the attempt under way
	down    sim.Duration // of the answer's way back
	err     error
	handle  uint64
	cost    int64  // tokens that the last retry took
	turn    uint32 // counts attempts: what comes of an earlier one is stale
	breaker uint32 // turn of the breaker that the attempt was made in
	attempt int32
	sent    bool // the callee has the attempt
	waits   bool // an attempt is under way
	missing bool // what stands behind the cache has been asked
}

func (k *call) tokenOf(i uint32) uint64 { return uint64(k.turn)<<32 | uint64(i) }

// current returns the call of a token, or nil when the attempt is over.
func (g *Group) current(token uint64) (uint32, *call) {
	i := uint32(token)
	if k := &g.calls[i]; k.turn == uint32(token>>32) {
		return i, k
	}
	return i, nil
}

// try makes an attempt of a call.
func (g *Group) try(i uint32) {
	k := &g.calls[i]
	c, now := k.client, g.eng.Now()
	if n := g.spec.MaxConcurrent; n != nil && c.active >= *n {
		g.Full.Inc()
		g.end(i, ErrBulkheadFull)
		return
	}
	if g.spec.CircuitBreaker != nil {
		var ok bool
		if k.breaker, ok = c.breaker.permit(now); !ok {
			g.ShortCircuit.Inc()
			g.end(i, ErrCircuitOpen)
			return
		}
	}
	k.attempt++
	k.turn++
	k.waits, k.sent, k.handle, k.asked = true, false, 0, now
	c.active++
	g.UnderWay.Add(now, 1)
	g.Attempts.Inc()
	if k.attempt > 1 {
		g.Retries.Inc()
	}
	if g.parts.Service != nil && (k.attempt > 1 || g.parts.Draws) {
		k.request.Service = g.service.Sample()
	}
	g.timeouts.Begin(i, k.turn)
	if d := g.parts.Disturbance; d != nil && d.Loses(g.luck) {
		g.lose(k, i)
		return
	}
	roundTrip := g.latency.Sample()
	if g.parts.Disturbance != nil {
		roundTrip = g.parts.Disturbance.Stretch(roundTrip)
	}
	k.down = roundTrip - roundTrip/2
	if up := roundTrip / 2; up > 0 {
		g.arrived.After(up, k.tokenOf(i))
		return
	}
	g.arrive(k.tokenOf(i))
}

// lose leaves an attempt whose answer never comes to its timeout: a client without one gives up at some time, too.
func (g *Group) lose(k *call, i uint32) {
	if g.timeout == 0 {
		g.forgotten.At(max(k.asked.Add(g.parts.Disturbance.Timeout()), g.eng.Now()), k.tokenOf(i))
	}
}

// forget is the event that a client without a timeout gives up an attempt whose answer was lost.
func (g *Group) forget(token uint64) {
	if i, k := g.current(token); k != nil {
		g.TimedOut.Inc()
		g.over(k)
		g.result(i, ErrTimeout)
	}
}

// arrive is the event that an attempt has reached the callee.
func (g *Group) arrive(token uint64) {
	i, k := g.current(token)
	if k == nil {
		return // given up on its way: the callee closes a connection whose client is gone before it reads the request
	}
	if b := int64(g.spec.Size); b > 0 {
		g.crossed += float64(g.spec.CrossAZ) * float64(b)
		if g.parts.Meter != nil {
			g.parts.Meter(b)
		}
	}
	r := k.request
	if d := g.parts.Disturbance; d != nil {
		if d.Fails(g.luck) {
			g.Answered(token, ErrDisturbed)
			return
		}
		r.Service, r.Slowed = d.Stretch(r.Service), d
	}
	k.sent = true
	handle := k.client.callee.Call(g, token, r)
	if _, now := g.current(token); now != nil { // not answered meanwhile; the slots may have moved
		g.calls[i].handle = handle
	}
}

// Answered takes the callee's answer to an attempt and sends it on its way back.
func (g *Group) Answered(token uint64, err error) {
	i, k := g.current(token)
	if k == nil {
		return
	}
	k.err, k.sent = err, false
	if d := g.parts.Disturbance; d != nil && err != ErrDisturbed && d.LosesAnswer(g.luck) {
		g.lose(k, i)
		return
	}
	if k.down > 0 {
		g.returned.After(k.down, token)
		return
	}
	g.comeBack(token)
}

// comeBack is the event that the answer to an attempt is back.
func (g *Group) comeBack(token uint64) {
	i, k := g.current(token)
	if k == nil {
		return
	}
	err := k.err
	g.over(k)
	if err != nil && err != ErrMiss {
		g.Failed.Inc()
	}
	g.result(i, err)
}

// over ends an attempt.
func (g *Group) over(k *call) {
	k.turn++
	k.waits = false
	k.client.active--
	g.timeouts.Over()
	g.UnderWay.Add(g.eng.Now(), -1)
}

// waits reports whether an attempt is under way still.
func (g *Group) waits(i, turn uint32) bool { return g.calls[i].turn == turn && g.calls[i].waits }

// timeOut ends an attempt that has taken too long.
func (g *Group) timeOut(i uint32) {
	k := &g.calls[i]
	g.TimedOut.Inc()
	g.over(k)
	if k.sent {
		k.client.callee.GiveUp(k.handle)
	}
	g.result(i, ErrTimeout)
}

// result takes the end of an attempt: the call is tried again, or ends.
func (g *Group) result(i uint32, err error) {
	k := &g.calls[i]
	c, now := k.client, g.eng.Now()
	failed := err != nil && err != ErrMiss
	if g.spec.CircuitBreaker != nil && c.breaker.ended(now, k.breaker, failed) {
		g.Opened.Inc()
	}
	if !failed {
		c.refund(k.cost)
		g.end(i, err)
		return
	}
	if int(k.attempt) < g.retry.MaxAttempts && again(err) {
		var ok bool
		if k.cost, ok = c.charge(err); ok {
			g.again.After(g.backOff(int(k.attempt)), k.tokenOf(i))
			return
		}
		g.NoTokens.Inc()
	}
	g.end(i, err)
}

// again reports whether a failure is worth another attempt: not the caller's own mistake. Databases answer with errors
// of their own, of which connections that are not to be had may be there the next time.
func again(err error) bool {
	api := aws.ErrorOf(err)
	return api == nil || api.Retryable
}

// charge takes the tokens that a retry costs, if there are enough.
func (c *Client) charge(err error) (cost int64, ok bool) {
	g := c.group
	if !g.retry.TokenBucket {
		return 0, true
	}
	cost = g.parts.Rules.Cost
	if err == ErrTimeout {
		cost = g.parts.Rules.TimeoutCost
	}
	if c.tokens < cost {
		return 0, false
	}
	c.tokens -= cost
	return cost, true
}

// refund gives tokens back for a success: what its last retry cost (botocore, retries/standard.py, RetryQuotaChecker;
// aws-sdk-js-v3, middleware-retry, defaultRetryQuota.ts), or a little for one without retries.
func (c *Client) refund(cost int64) {
	g := c.group
	if cost == 0 {
		cost = g.parts.Rules.Refund
	}
	c.tokens = min(c.tokens+cost, g.tokens)
}

// backOff returns the delay after an attempt.
func (g *Group) backOff(attempt int) sim.Duration {
	bound := g.base
	for i := 1; i < attempt && bound < g.cap; i++ {
		bound *= 2
	}
	ceiling := float64(min(bound, g.cap))
	switch g.retry.Jitter {
	case NoJitter:
		return sim.Duration(ceiling)
	case EqualJitter:
		return sim.Duration(ceiling/2 + float64(ceiling/2*g.luck.Float64()))
	}
	return sim.Duration(ceiling * g.luck.Float64())
}

// tryAgain is the event that the back-off of a call is over.
func (g *Group) tryAgain(token uint64) {
	if i, k := g.current(token); k != nil {
		g.try(i)
	}
}

// end answers a call, or asks what stands behind the cache first.
func (g *Group) end(i uint32, err error) {
	k := &g.calls[i]
	c := k.client
	if err == ErrMiss {
		g.Misses.Inc()
	}
	if err != nil && c.behind != nil && !k.missing {
		k.missing = true
		k.turn++
		c.behind.Call((*behindAnswer)(g), k.tokenOf(i), Request{Key: k.request.Key})
		return
	}
	if err == ErrMiss { // there is nothing to ask
		err = nil
	}
	if err != nil {
		g.GaveUp.Inc()
		if g.spec.Optional {
			g.PassedOver.Inc()
			err = nil
		}
	}
	g.Latency.Record(int64(g.eng.Now().Sub(k.begun)))
	caller, token := k.caller, k.token
	g.release(i, k)
	caller.Answered(token, err)
}

// behindAnswer is a group that takes the answers of what stands behind its cache.
type behindAnswer Group

// Answered ends the call that missed.
func (b *behindAnswer) Answered(token uint64, err error) {
	g := (*Group)(b)
	if i, k := g.current(token); k != nil {
		g.end(i, err)
	}
}

func (g *Group) release(i uint32, k *call) {
	k.client.open--
	k.turn++
	k.client, k.caller = nil, nil
	g.free = append(g.free, i)
}
