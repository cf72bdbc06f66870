-- What several replicas have in common beside the records. Times in these tables are by the database's own clock.

-- How often somebody may be asked by all replicas together.
CREATE TABLE milepost.pace (
    key text COLLATE "C" PRIMARY KEY,
    -- Calls that may be made at the moment *at*.
    level double precision NOT NULL,
    -- Of the full rate: what complaints left of it.
    share double precision NOT NULL,
    at timestamptz NOT NULL,
    closed_until timestamptz NOT NULL
);

-- When each channel takes the next message, by the clocks of the replicas.
CREATE TABLE milepost.channel_pace (
    channel text COLLATE "C" PRIMARY KEY,
    free_at timestamptz NOT NULL
);

-- Who does what only one may do, and until when.
CREATE TABLE milepost.lead (
    job text COLLATE "C" PRIMARY KEY,
    replica text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL
);

-- The replicas, and when each last said that it lives.
CREATE TABLE milepost.replica (
    id text COLLATE "C" PRIMARY KEY,
    -- Connections to Slack that it keeps open; 0 in HTTP mode.
    sockets integer NOT NULL,
    seen_at timestamptz NOT NULL
);
