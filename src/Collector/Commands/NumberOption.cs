using System.CommandLine;
using System.Globalization;

namespace Collector.Commands;

/// <summary>Options whose value is a whole number, from 0 on.</summary>
internal static class NumberOption
{
    public static Option<int?> Create(string[] names, int most, string description) => new(names[0], names[1..])
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, most, out var number))
                return number;
            result.AddError(Mistake(names[0], result.Tokens[0].Value, most));
            return null;
        },
    };

    public static bool TryParse(string text, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;

    public static string Mistake(string name, string text, int most) => $"{name}: '{text}' is not a whole number from 0 to {most}; write a whole number from 0 to {most}";
}
