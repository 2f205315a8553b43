"""HTTP: routes, bodies, sign-in, problem details, WebSockets.

A handler checks, calls, shows; no rule in it.
"""
