"""What is true of khatmas, whoever asks and wherever it is kept."""
