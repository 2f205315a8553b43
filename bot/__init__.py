"""What Rasa loads: NLU components, tracker store and the input channel that the desk talks to."""
