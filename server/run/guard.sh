# Ends the supervised processes when the supervisor is gone, however it went: its end of this
# script's standard input closes then. Lines read: "+ GROUP" and "- GROUP", process groups.
trap '' HUP INT TERM
groups=
while read -r what group; do
  case $what in
    +) groups="$groups $group" ;;
    -)
      rest=
      for each in $groups; do
        [ "$each" = "$group" ] || rest="$rest $each"
      done
      groups=$rest
      ;;
  esac
done

for each in $groups; do kill -s TERM -- "-$each" 2>/dev/null; done
tries=0
while [ -n "$groups" ] && [ "$tries" -lt 40 ]; do
  rest=
  for each in $groups; do
    kill -0 "-$each" 2>/dev/null && rest="$rest $each"
  done
  groups=$rest
  [ -z "$groups" ] || sleep 0.2
  tries=$((tries + 1))
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
