"""Audit events in the shapes of public products, and how a backend engineer would map each.

`samples/` has one event of each kind, written for these tests after the product's public
documentation. A mapping puts into fields what people search for, and all of the source into
`metadata`, so that nothing of it is lost.
"""
