-- Watches, subscriptions, deliveries and what else is kept. A record is JSON in the envelope of bot/store/codec.py;
-- the other columns are what SQL must see of it. Ids are compared code point by code point.

CREATE TABLE milepost.watch (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    -- The next look; NULL: closed.
    due_at timestamptz,
    -- When it closed, for what is old; NULL: open.
    closed_at timestamptz,
    record text NOT NULL
) WITH (fillfactor = 70);
-- None of them holds what a look changes: so a look rewrites the row in its page, and no index.
CREATE INDEX watch_task ON milepost.watch (account, key);
CREATE UNIQUE INDEX watch_open ON milepost.watch (account, key) WHERE closed_at IS NULL;
CREATE INDEX watch_closed ON milepost.watch (closed_at) WHERE closed_at IS NOT NULL;

-- The next look at each open watch, and who has it in hand: narrow, for it changes twice with every look. Whoever
-- changes a claim holds the lock of the watch, or takes both where both are free.
CREATE TABLE milepost.due (
    watch_id text COLLATE "C" PRIMARY KEY REFERENCES milepost.watch ON DELETE CASCADE,
    account text COLLATE "C" NOT NULL,
    -- When it may be claimed: the due_at of the watch, or the end of the lease while it is claimed.
    next_at timestamptz NOT NULL,
    -- By which claim: the replica and a number.
    claim text COLLATE "C"
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX due_next ON milepost.due (account, next_at, watch_id);
CREATE INDEX due_claim ON milepost.due (claim) WHERE claim IS NOT NULL;

-- The highest number of tasks of which a watch was deleted, so that none is given twice.
CREATE TABLE milepost.numbered (
    account text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, key)
);

CREATE TABLE milepost.subscription (
    id text COLLATE "C" PRIMARY KEY,
    watch_id text COLLATE "C" NOT NULL REFERENCES milepost.watch ON DELETE CASCADE,
    channel text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    paused_since timestamptz,
    -- Whether Slack has its card.
    carded boolean NOT NULL,
    -- Its card shows an older version than the watch has: 0 where the watch ended, 1 where not; NULL: it does not.
    stale smallint,
    edited_at timestamptz,
    -- The replica that is to edit the card, and until when that is believed.
    card_holder text COLLATE "C",
    card_until timestamptz,
    record text NOT NULL
);
CREATE INDEX subscription_watch ON milepost.subscription (watch_id);
CREATE INDEX subscription_channel ON milepost.subscription (channel, ended_at);
CREATE INDEX subscription_owner ON milepost.subscription (owner) WHERE ended_at IS NULL;
CREATE INDEX subscription_open ON milepost.subscription (created_at, id) WHERE ended_at IS NULL;
CREATE INDEX subscription_paused ON milepost.subscription (paused_since) WHERE paused_since IS NOT NULL;
CREATE INDEX subscription_stale ON milepost.subscription (stale, edited_at NULLS FIRST, id) WHERE stale IS NOT NULL;

CREATE TABLE milepost.delivery (
    id text COLLATE "C" PRIMARY KEY,
    subscription_id text COLLATE "C" NOT NULL REFERENCES milepost.subscription ON DELETE CASCADE,
    seq integer NOT NULL,
    -- Whether it still stands before what follows in its thread.
    open boolean NOT NULL,
    sent boolean NOT NULL,
    sending_since timestamptz,
    not_before timestamptz,
    held_until timestamptz,
    -- The replica that sends it, or looks it up, and until when it may be thought to live.
    holder text COLLATE "C",
    lease_until timestamptz,
    record text NOT NULL
);
CREATE INDEX delivery_subscription ON milepost.delivery (subscription_id, seq);
CREATE INDEX delivery_open ON milepost.delivery (subscription_id) WHERE open;
CREATE INDEX delivery_lease ON milepost.delivery (lease_until) WHERE holder IS NOT NULL;
CREATE INDEX delivery_holder ON milepost.delivery (holder) WHERE holder IS NOT NULL;

-- The first delivery of each subscription that nobody is sending or looking up.
CREATE TABLE milepost.outbox (
    subscription_id text COLLATE "C" PRIMARY KEY REFERENCES milepost.subscription ON DELETE CASCADE,
    delivery_id text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    rank smallint NOT NULL,
    created_at timestamptz NOT NULL,
    may_go timestamptz NOT NULL
);
CREATE INDEX outbox_order ON milepost.outbox (channel, rank, created_at, subscription_id, delivery_id);

CREATE TABLE milepost.said (id text COLLATE "C" PRIMARY KEY, record text NOT NULL);
CREATE TABLE milepost.channel (id text COLLATE "C" PRIMARY KEY, record text NOT NULL);
CREATE TABLE milepost.audit (id text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL, record text NOT NULL);
CREATE INDEX audit_at ON milepost.audit (at);
