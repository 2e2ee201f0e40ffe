using System.Text;

namespace Collector.Commands;

/// <summary>
/// The three completion scripts. All work the same way: the words before the cursor lead to a command; after an option with a value
/// that value is completed; else the command's subcommands, arguments and options are.
/// </summary>
internal static class CompletionScripts
{
    public static string Bash(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            # bash completion for collector. Load it with: source <(collector completion bash)
            _collector() {
              local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' i
              COMPREPLY=()
              # bash takes --config=FILE for three words.
              if [[ $current == = ]]; then
                current=''
              elif [[ $previous == = ]]; then
                previous=${COMP_WORDS[COMP_CWORD - 2]}
              fi
              for ((i = 1; i < COMP_CWORD; i++)); do
                case "$command ${COMP_WORDS[i]}" in

            """);
        script.Append($"      {Alternatives(commands.Where(c => c.Path.Length > 0).Select(c => c.Path))}) command+=\" ${{COMP_WORDS[i]}}\" ;;\n");
        script.Append("""
                esac
              done
              case "$command $previous" in

            """);
        AppendValues(script, commands,
            file: "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return",
            words: all => $"mapfile -t COMPREPLY < <(compgen -W {Quoted(all)} -- \"$current\"); return",
            other: "return");
        script.Append("""
              esac
              case "$command" in

            """);
        foreach (var command in commands)
            script.Append($"    {Quoted(command.Path)}) words={Quoted(string.Join(' ', WordsOf(command)))} ;;\n");
        script.Append("""
              esac
              mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")

            """);
        if (commands.Any(HasFiles))
        {
            script.Append($"""
                  case "$command" in
                    {Alternatives(commands.Where(HasFiles).Select(c => c.Path))})
                      if [[ $current != -* ]]; then
                        compopt -o filenames 2>/dev/null
                        mapfile -t COMPREPLY < <(compgen -f -- "$current")
                      fi
                      ;;
                  esac

                """);
        }

        script.Append("""
            }
            complete -F _collector collector

            """);
        return script.ToString();
    }

    public static string Zsh(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            #compdef collector
            # zsh completion for collector. Load it with: source <(collector completion zsh); or put it into $fpath as _collector.
            _collector() {
              local command='' i
              local -a described
              for ((i = 2; i < CURRENT; i++)); do
                case "$command ${words[i]}" in

            """);
        script.Append($"      {Alternatives(commands.Where(c => c.Path.Length > 0).Select(c => c.Path))}) command+=\" ${{words[i]}}\" ;;\n");
        script.Append("""
                esac
              done
              case "$command ${words[CURRENT - 1]}" in

            """);
        AppendValues(script, commands, file: "_files; return", words: all => $"compadd -- {all}; return", other: "return");
        script.Append("""
              esac
              case "$command" in

            """);
        foreach (var command in commands)
        {
            var described = DescribedOf(command).Select(one => Quoted($"{one.Word.Replace(":", "\\:", StringComparison.Ordinal)}:{one.Description}"));
            script.Append($"    {Quoted(command.Path)})\n      described=({string.Join(' ', described)})\n");
            if (HasFiles(command))
                script.Append("      _files\n");
            script.Append("      ;;\n");
        }

        script.Append("""
              esac
              _describe 'collector' described
            }
            if [[ $funcstack[1] == _collector ]]; then
              _collector "$@"
            else
              compdef _collector collector
            fi

            """);
        return script.ToString();
    }

    public static string Fish(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            # fish completion for collector. Load it with: collector completion fish | source
            function __collector_at
              set -l command ''
              for word in (commandline -opc)[2..-1]
                switch "$command $word"

            """);
        script.Append($"      case {string.Join(' ', commands.Where(c => c.Path.Length > 0).Select(c => FishQuoted(c.Path)))}\n");
        script.Append("""
                    set command "$command $word"
                end
              end
              test "$command" = "$argv[1]"
            end
            complete -c collector -f

            """);
        foreach (var command in commands)
        {
            var at = $"complete -c collector -n {FishQuoted($"__collector_at {FishQuoted(command.Path)}")}";
            foreach (var (name, description) in command.Commands)
                script.Append($"{at} -a {FishQuoted(name)} -d {FishQuoted(description)}\n");
            foreach (var argument in command.Arguments)
                script.Append(argument.IsFile ? $"{at} -F\n" : argument.Words.Count > 0 ? $"{at} -a {FishQuoted(string.Join(' ', argument.Words))}\n" : "");
            foreach (var (names, description, value) in command.Options)
            {
                var spelled = string.Join(' ', names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : name.Length == 2 ? $"-s {name[1..]}" : $"-o {name[1..]}"));
                var takes = !value.IsValue ? "" : value.IsFile ? " -r -F" : value.Words.Count > 0 ? $" -x -a {FishQuoted(string.Join(' ', value.Words))}" : " -x";
                script.Append($"{at} {spelled}{takes} -d {FishQuoted(description)}\n");
            }
        }

        return script.ToString();
    }

    /// <summary>The cases for the word after an option with a value, for shells like Bourne's.</summary>
    private static void AppendValues(StringBuilder script, IReadOnlyList<CompletedCommand> commands, string file, Func<string, string> words, string other)
    {
        foreach (var command in commands)
        {
            foreach (var (names, _, value) in command.Options.Where(o => o.Value.IsValue))
            {
                var action = value.IsFile ? file : value.Words.Count > 0 ? words(string.Join(' ', value.Words)) : other;
                script.Append($"    {Alternatives(names.Select(name => $"{command.Path} {name}"))}) {action} ;;\n");
            }
        }
    }

    private static bool HasFiles(CompletedCommand command) => command.Arguments.Any(a => a.IsFile);

    private static IEnumerable<string> WordsOf(CompletedCommand command) => DescribedOf(command).Select(one => one.Word);

    private static IEnumerable<(string Word, string Description)> DescribedOf(CompletedCommand command) =>
        [
            .. command.Commands,
            .. command.Arguments.SelectMany(a => a.Words).Select(word => (word, "")),
            .. command.Options.SelectMany(o => o.Names.Select(name => (name, o.Description))),
        ];

    private static string Alternatives(IEnumerable<string> all) => string.Join('|', all.Select(Quoted));

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string FishQuoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
