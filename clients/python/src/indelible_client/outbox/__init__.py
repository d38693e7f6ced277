"""The transactional outbox: an event is chained if and only if your transaction commits.

`record` adds a row to a table of your database, in your transaction. `drain` sends the rows that
are committed, and deletes each when its answer is final. `sqlalchemy` and `django` have both.

**Once.** Each event gets a random `idempotency_key` when it is recorded, and the service chains one
event for each key, however often and in whatever company it is sent. So a relay needs no lock and
no memory: it may be killed at any moment, and two may run at once.

The spool freezes batches under a key of the request instead, which costs one write unit of DynamoDB
for a batch in place of one for each event ($0.63 for a million). Here that would not be safe. A
database is restored from a backup, or fails over to a replica that lags. It then forgets which
batches were frozen and which rows were deleted, and would send events again under other keys.

**In order.** A request begins with the oldest row, and rows are deleted from there. So if a
transaction has committed before an event is recorded, its events are sent before that event. The
events of one transaction keep their order. Transactions commit in another order than their rows
have ids, so no row is skipped because one with a larger id was sent. An event that the service
answers `failed`, because its key could not be claimed, is sent again after others of its request.
"""
