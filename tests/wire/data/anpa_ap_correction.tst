W4191asian
r i BC-EU--Norland-RailStrike Correction   03-12 0120
^BC-EU--Norland-Rail Strike, Correction,60<
^Norland train drivers walk out over shifts<
^Eds: CORRECTS number of trains to 40, not 400.<
^By ADA LUND=
^Associated Press=
	   HARBOURTON, Norland (AP) _ Train drivers walked out at dawn on Tuesday, stopping 40 trains over the border.

	   AP-WF-03-12-24 1115GMT<


