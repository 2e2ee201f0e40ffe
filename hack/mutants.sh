#!/usr/bin/env bash
# Breaks the code on purpose, one change at a time, and prints which test, trace or seed notices: a mutant that nothing kills
# is a hole in the tests.
#
#   hack/mutants.sh [NAME…]   all of hack/mutants/*.mutant, or those whose names contain one of these words
#   hack/mutants.sh --own …   their own killers are to kill them: what those let live counts as alive
#   hack/mutants.sh --check   only whether each mutant still fits the code, in seconds
#
# A mutant is a file. First line: what is broken, and what that violates. Then "file:" below src; the killers that are tried
# first: "tests:" of that project (Folder.Class or Folder.Class.Method), "traces:" (of tests/Collector.Simulation/Kept) and
# "seeds:" (the first so many); "--- text", which occurs once in that file; "--- becomes", what it is replaced by.
# Where those killers pass, all tests are tried, and for the pipeline all traces and 300 seeds.
#
# What they break: 01-15 chunks, objects and seqs, 16-20 order and drops, 21-29 positions, 30-43 sending, 44-51 and 66-79 which file
# is this (R1 to R6), 52-65 and 104 lines, coverage and what is counted, 80-85 gzip (R7), 86-88 version 2, 89-90 beginnings,
# 91-97 budgets and opening, 98-99 restarted containers, 100-103 whose log is it, 110-111 order, 113-116 forms, lost tails, beginnings,
# what was never wanted, 128-130 inodes that come again, 131-135 members, 136-139 export, 141-149, 165-167, 181-183 and 189-191, 196-208 and 211-212 which file is this
# once more, 150-154, 157-158 and 184-186 the catalog, 155-156 and 159 verify, 187-188 search, 160-164 the page, 175-178 times of lines, small objects,
# layouts, 168-170 what another agent has read, 171 its configuration, 192-193 exceptions, 194 losses in the catalog,
# 209, 213 and 214 noted ends, 210 silence, 215 what is kept of old runs, 216 closed chunks, 217-222 and 227-234 equal files, and which
# file is this again, 223, 225, 226 and 235 looks where files come and go,
# 236 what a guard covers, 237-241 files that are undecided or twice known, 242-243 a narrower pattern, 244-245 links, 246-247 order by numbers,
# 248-249 which file is this, 250-252 what is counted, 253-254 damaged forms, 256 files of two sources, 257 the catalog of text, 258 beginnings,
# 260-265 prefixes that mix containers, 266-268 objects of text, 269 runs.
#
# The tracked files are copied to artifacts/mutants and built there: the working tree is never touched. What fails without the
# mutant, too, kills none. Exit code 1 when a mutant lives, or does not fit the code any more: then it is to follow it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
mutants=$root/hack/mutants
work=$root/artifacts/mutants
tree=$work/tree
log=$work/log
unbroken=$work/unbroken

kept=tests/Collector.Simulation/Kept
bin=$tree/artifacts/build/bin
simulation=(nice timeout 600 "$bin/Collector.Simulation/release/Collector.Simulation")
seeds=300

# What lives for seconds is not worth compiling for long.
export DOTNET_TieredPGO=0

# What the simulation does is done by traces and seeds, which can be told one from another.
every_test=(-class- Collector.Pipeline.Tests.Simulation.SimulationTests)

# Takes a mutant apart: says, file, project, assembly, tests, traces, first_seeds, text, becomes; and how the project's tests are run: suite.
parse() {
  local all
  all=$(<"$1")
  says=${all%%$'\n'*}
  file='' tests=() traces=() first_seeds=0
  while IFS= read -r line && [[ $line != '--- text' ]]; do
    case $line in
      'file: '*) file=${line#*: } ;;
      'tests: '*) read -ra tests <<<"${line#*: }" ;;
      'traces: '*) read -ra traces <<<"${line#*: }" ;;
      'seeds: '*) first_seeds=${line#*: } ;;
    esac
  done <<<"$all"
  project=${file#src/}
  project=${project%%/*}
  assembly=$(sed -n 's:.*<AssemblyName>\(.*\)</AssemblyName>.*:\1:p' "$root/src/$project/$project.csproj" 2>/dev/null) || true
  assembly=${assembly:-$project}.dll
  suite=(nice timeout 600 "$bin/$project.Tests/release/$project.Tests" -noLogo -noColor)
  text=${all#*$'\n--- text\n'}
  becomes=${text#*$'\n--- becomes'}
  becomes=${becomes#$'\n'}
  text=${text%%$'\n--- becomes'*}
}

# Says what is wrong with the mutant that was parsed, for the tree below $1; nothing when it fits.
misfit() {
  [[ ($file == src/*.cs || $file == src/*.js) && -f $1/$file ]] || { echo "there is no $file"; return; }
  local content rest
  content=$(<"$1/$file")
  [[ -n $text && $content == *"$text"* ]] || { echo "its text is not in $file any more: the code has moved, the mutant is to follow"; return; }
  rest=${content#*"$text"}
  [[ $rest != *"$text"* ]] || { echo "its text is in $file more than once"; return; }
  local name folder class method
  for name in "${tests[@]}"; do
    IFS=. read -r folder class method <<<"$name"
    grep -qsE "class $class\b" "$1/tests/$project.Tests/$folder"/*.cs || { echo "there is no test class $folder.$class"; return; }
    [[ -z $method ]] || grep -qsE " $method\(" "$1/tests/$project.Tests/$folder"/*.cs || { echo "there is no test $name"; return; }
  done
  for name in "${traces[@]}"; do
    [[ -f $1/$kept/$name.trace ]] || { echo "there is no trace $name"; return; }
  done
}

build() {
  (cd "$tree" && nice dotnet build "$1" --nologo --verbosity quiet --configuration Release "${@:2}" -p:TreatWarningsAsErrors=false \
    -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:GenerateDocumentationFile=false -p:DebugType=none >"$log" 2>&1)
}

# The names of the methods that failed in the log, each once.
failed() { sed -nE 's/^ +(Collector\.[A-Za-z0-9_.+]+).*\[FAIL\]$/\1/p' "$log" | awk '!seen[$0]++'; }

# Copies what is there now, unless that was done for the same files before.
prepare() {
  local id
  mkdir -p "$work"
  exec 9>"$work.lock"
  flock --nonblock 9 || { echo "hack/mutants.sh: another one is at it in $work" >&2; exit 1; }
  id=$(git ls-files -z -- src tests '*.props' '*.json' nuget.config | xargs -0 sha256sum 2>/dev/null | sha256sum)
  if [[ ! -f $work/id || $(<"$work/id") != "$id" ]]; then
    mkdir -p "$tree"
    find "$work" -mindepth 1 -maxdepth 1 ! -name tree -exec rm -r {} +
    find "$tree" -mindepth 1 -maxdepth 1 ! -name artifacts -exec rm -r {} +
    mkdir "$unbroken"
    git ls-files -z | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null | tar --extract --directory "$tree"
    # What a mutant has left compiled there is newer than its sources.
    touch "$tree"/src/*/*.csproj "$work/passes" "$work/fails"
    echo "$id" >"$work/id"
  fi
  mend
}

# Puts back what a mutant has broken, also one of a run that was killed.
mend() {
  [[ -d $work/whole ]] || return 0
  cp -r "$work/whole/." "$tree"
  rm -r "$work/whole"
}

# Breaks the file of the mutant that was parsed, and compiles its project.
break_it() {
  local content
  content=$(<"$tree/$file")
  (cd "$tree" && mkdir -p "$work/whole" && cp --parents "$file" "$work/whole")
  printf '%s%s%s\n' "${content%%"$text"*}" "$becomes" "${content#*"$text"}" >"$tree/$file"
  build "src/$project" --no-restore
}

# Builds a project's tests with the unbroken code, once.
build_tests() {
  [[ ! -f $unbroken/$assembly ]] || return 0
  build "tests/$project.Tests" || { cat "$log"; echo "hack/mutants.sh: the code does not build" >&2; exit 1; }
  cp "$bin/$project/release/$assembly" "$unbroken"
}

# The tests, and the simulation, run with this assembly from now on.
run_with() {
  local user
  for user in "$project.Tests" Collector.Simulation; do
    [[ ! -f $bin/$user/release/$assembly ]] || cp "$1/$assembly" "$bin/$user/release"
  done
}

# Whether what has just failed, by the name $1 and the command after it, passes with the unbroken code: the mutant is to blame.
# Each is asked once.
is_kill() {
  if ! grep -qxF -e "$1" "$work/passes" "$work/fails"; then
    run_with "$unbroken"
    if "${@:2}" >"$log" 2>&1; then
      echo "$1" >>"$work/passes"
    else
      echo "$1" >>"$work/fails"
    fi
    run_with "$bin/$project/release"
  fi
  grep -qxF -e "$1" "$work/passes"
}

# Sets killer, when one of the tests of these filters fails. One that a mutant does not name has to fail twice: it may be unsteady.
try_tests() {
  local test others=()
  while true; do
    if "${suite[@]}" -stopOnFail "$@" "${others[@]}" >"$log" 2>&1; then
      return
    fi
    test=$(failed | head -n 1)
    if [[ -z $test ]]; then
      ! is_kill "$project $* ${others[*]}" "${suite[@]}" "$@" "${others[@]}" || killer="a crash or a hang of the tests"
      return
    fi
    if { $named || ! "${suite[@]}" -method "$test" >"$log" 2>&1; } && is_kill "$test" "${suite[@]}" -method "$test"; then
      killer=${test#"$project.Tests."}
      return
    fi
    others+=(-method- "$test")
  done
}

try_traces() {
  local trace replay
  for trace in "$@"; do
    replay=("${simulation[@]}" --replay "$tree/$kept/$trace.trace")
    if ! "${replay[@]}" >"$log" 2>&1 && is_kill "trace $trace" "${replay[@]}"; then
      killer="trace $trace"
      return
    fi
  done
}

try_seeds() {
  local seed failing status=0
  "${simulation[@]}" "$1" --list >"$log" 2>&1 || status=$?
  if ((status > 1)); then
    killer="a crash or a hang of the seeds"
    return
  fi
  mapfile -t failing <"$log"
  for seed in "${failing[@]}"; do
    if is_kill "seed $seed" "${simulation[@]}" 1 --first "$seed" --list; then
      killer="seed $seed"
      return
    fi
  done
}

# Sets killer; empty when the mutant lives.
kill_it() {
  killer=''
  local test filters=() named=true
  for test in "${tests[@]}"; do
    [[ $test == *.*.* ]] || test+='.*'
    filters+=(-method "$project.Tests.$test")
  done
  ((${#filters[@]} == 0)) || try_tests "${filters[@]}"
  [[ -n $killer ]] || try_traces "${traces[@]}"
  [[ -n $killer ]] || ((first_seeds == 0)) || try_seeds "$first_seeds"
  if [[ -n $killer ]] || $own; then
    return
  fi
  named=false
  try_tests "${every_test[@]}"
  if [[ $project == Collector.Pipeline ]]; then
    # shellcheck disable=SC2046 # names of traces have no blanks
    [[ -n $killer ]] || try_traces $(basename -as .trace "$tree/$kept"/*.trace)
    [[ -n $killer ]] || try_seeds "$seeds"
  fi
  [[ -z $killer ]] || killer+=" (which is not named in it)"
}

check=false own=false
case ${1-} in
  --check) check=true; shift ;;
  --own) own=true; shift ;;
esac
chosen=()
for path in "$mutants"/*.mutant; do
  name=$(basename "$path" .mutant)
  wanted=$((${#} == 0))
  for word in "$@"; do
    [[ $name != *"$word"* ]] || wanted=1
  done
  ((wanted == 0)) || chosen+=("$path")
done
((${#chosen[@]} > 0)) || { echo "hack/mutants.sh: no mutant is called so" >&2; exit 1; }

killed=0 alive=0 stale=0
$check || prepare
for path in "${chosen[@]}"; do
  name=$(basename "$path" .mutant)
  parse "$path"
  if $check; then
    why=$(misfit "$root")
    [[ -z $why ]] || { echo "STALE   $name: $why"; stale=$((stale + 1)); }
    continue
  fi

  why=$(misfit "$tree")
  if [[ -z $why ]]; then
    build_tests
    begun=$SECONDS
    break_it || why="it does not compile: $(grep -m 1 -oE 'error CS.*' "$log" || tail -n 1 "$log")"
  fi
  if [[ -n $why ]]; then
    echo "STALE   $name: $why"
    stale=$((stale + 1))
  else
    run_with "$bin/$project/release"
    kill_it
    if [[ -n $killer ]]; then
      printf 'killed  %-40s by %s, %d s\n' "$name" "$killer" $((SECONDS - begun))
      killed=$((killed + 1))
    else
      printf 'LIVES   %-40s %s (%d s)\n' "$name" "$says" $((SECONDS - begun))
      alive=$((alive + 1))
    fi
  fi
  mend
done

if $check; then
  echo "${#chosen[@]} mutants, $stale do not fit the code"
else
  echo "$killed killed, $alive alive$( ((stale == 0)) || echo ", $stale do not fit the code")"
fi
((alive == 0 && stale == 0))
