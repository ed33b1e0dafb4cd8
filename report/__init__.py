"""What people see: the daily email (digest, charts, mail), the tables of the command line, two texts side by side.

Everything here renders rows that storage hands over; nothing here asks the database, the clock or the network, but
mail.send, which speaks to one mail server.
"""
