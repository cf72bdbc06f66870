-- Tokens of clouds that all replicas share, each sealed with [store] encryption_key, and whose turn it is to renew one.
-- Rows may be deleted at any time: the tokens are fetched anew.

CREATE TABLE milepost.token (
    account text COLLATE "C" PRIMARY KEY,
    -- The token; NULL until one was fetched.
    sealed bytea,
    -- The turn that brought it: one of a later turn is never replaced by one of an earlier.
    sealed_turn bigint NOT NULL DEFAULT 0,
    turn bigint NOT NULL DEFAULT 0,
    -- Who renews it, and until when that is believed.
    holder text COLLATE "C",
    held_until timestamptz
);
