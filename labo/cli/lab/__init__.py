"""`labo lab`: scenarios, learning, reports and the exam."""
