"""Tools that the Makefile runs: the local stack and the deployment to AWS."""
