"""« À voir aujourd’hui », told by mail each working morning to the agents who have something to see."""
