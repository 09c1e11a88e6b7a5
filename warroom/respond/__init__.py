"""How an incident is answered: legal clocks, duties, sendings, assessments and playbooks."""
