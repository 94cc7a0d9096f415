"""A simulated SaaS company: the raw tables of a product that does not exist, from one seed."""
