"""What is kept, sealed: the patient's end puts in and can open nothing, the nurse's end opens with a session."""
