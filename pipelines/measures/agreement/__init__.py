"""What an agreement says of the figures and of the money: clauses, relief, credits, invoices, true cost."""
