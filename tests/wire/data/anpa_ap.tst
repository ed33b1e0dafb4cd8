W4120asian
r i BC-EU--Norland-RailStrike 2ndLd-Writethru   03-12 0120
^BC-EU--Norland-Rail Strike, 2nd Ld-Writethru,120<
^Norland train drivers walk out over shifts<
^AP Photo XHB101<
^Eds: Adds quote. With AP Photos.<
^By ADA LUND=
^Associated Press=
	   HARBOURTON, Norland (AP) _ Train drivers walked out at dawn on Tuesday _ and no talks are planned.
 
	   ``We have asked since autumn,'' union leader Ada Brekke said.
 
	   ___
 
	   AP writer Jo Lind contributed to this report.

	   AP-WF-03-12-24 1015GMT<


