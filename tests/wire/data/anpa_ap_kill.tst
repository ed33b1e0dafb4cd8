W4188asian
r i BC-EU--Norland-RailStrike Kill   03-12 0040
^BC-EU--Norland-Rail Strike, Kill<
^Norland train drivers walk out over shifts<
^Eds: Kill the story about a rail strike in Norland.<
^KILL<
^By The Associated Press=
	   HARBOURTON, Norland (AP) _ Kill the story slugged BC-EU--Norland-Rail Strike. The union has called no strike.
 
	   The AP

	   AP-WF-03-12-24 1215GMT<


