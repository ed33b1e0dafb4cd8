z0001-----
r z BC-NOR--Standings     03-12 0090
^BC-NOR--Rail Cup Glance<
^By The Associated Press=
Club0 Town;30;0;.600;0
Club1 Town;29;1;.583;1
Club2 Town;28;2;.566;2
Club3 Town;27;3;.549;3
Club4 Town;26;4;.532;4
Club5 Town;25;5;.515;5
Club6 Town;24;6;.498;6
Club7 Town;23;7;.481;7
Club8 Town;22;8;.464;8
Club9 Town;21;9;.447;9
Club10 Town;20;10;.430;10
Club11 Town;19;11;.413;11
Club12 Town;18;12;.396;12
Club13 Town;17;13;.379;13
AP-WF-03-12-24 0620GMT<