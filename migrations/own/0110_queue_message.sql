-- Messages to our own work queues: written in the transaction of the change that needs them, sent after it, deleted when sent.
-- No order; a message may go out twice, and its receiver knows how to tell (a finished upload is left alone).
CREATE TABLE locations_service.queue_message
(
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue_id    text        NOT NULL,
    message     text        NOT NULL,
    traceparent text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    not_before  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts    integer     NOT NULL DEFAULT 0
);

CREATE INDEX queue_message_due_idx ON locations_service.queue_message (not_before, id);
