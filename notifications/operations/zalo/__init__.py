"""Every write about Zalo that a person or an event leads to: the connection, links of people, events."""
