using System.CommandLine;
using Collector.ObjectStores;
using Collector.Reading;

namespace Collector.Commands.Reading;

/// <summary><c>collector get</c>: one object, decoded.</summary>
internal static class GetCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The object's whole key." };
        var store = new StoreOptions("-c");
        var command = new Command("get", "Print one object, decoded. Exit code 1: it is damaged or not there; 5: the store refused.") { key };
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            if (!store.TryOpen(parsed, null, out var opened, out var mistake))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            await using var output = StandardOutput.Open();
            return await PrintAsync(reader, parsed.GetRequiredValue(key), output, error, cancellation);
        });
        return command;
    }

    private static async Task<int> PrintAsync(PatientReader reader, string key, Stream output, TextWriter error, CancellationToken cancellation)
    {
        try
        {
            await ObjectText.CopyAsync(reader, key, output, cancellation);
            return ExitCode.Done;
        }
        catch (DamagedObjectException e)
        {
            await error.WriteLineAsync($"Damaged: {key}: {e.Message}. The text before the damage is printed.");
            return ExitCode.Incomplete;
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            await error.WriteLineAsync($"{reader.Description} has no {key}: {e.Message}");
            return ExitCode.Incomplete;
        }
        catch (StoreReadException e)
        {
            await error.WriteLineAsync(e.MessageFor(reader.Description));
            return ExitCode.StoreRefused;
        }
        catch (IOException)
        {
            // The reader has closed the pipe.
            return ExitCode.Done;
        }
    }
}
