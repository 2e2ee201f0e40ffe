using System.CommandLine;
using System.Net;
using Collector.Configuration;
using Collector.Endpoints;
using Collector.Reading;

namespace Collector.Commands.Reading.Ui;

/// <summary><c>collector ui</c>: a page with the powers of <c>collector logs</c>, for one person (DESIGN.md).</summary>
internal static class UiCommand
{
    /// <summary>In place of <c>--token</c>, which every user of the machine can see.</summary>
    private const string TokenVariable = "COLLECTOR_UI_TOKEN";

    /// <summary>Guessing a thousand tokens a second would take longer than the age of the universe.</summary>
    private const int ShortestToken = 16;

    private const string Help = "\nTry 'collector ui --help'.";

    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Description = "Where to listen; another address than a loopback one needs a token.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1:8080" };
        var token = new Option<string?>("--token") { Description = $"The token that a reader must give, {ShortestToken} characters or more; prefer {TokenVariable} in the environment, which ps does not show.", HelpName = "TOKEN" };
        var hosts = new Option<string[]>("--host") { Description = "A host name that browsers may use besides localhost and IP addresses, like the name of a proxy.", HelpName = "NAME" };
        var store = new StoreOptions("-c");
        var command = new Command("ui", "Show the stored logs in a browser: a page on loopback, until SIGINT or SIGTERM. Nothing is written. Exit code 1: cannot listen on the address.") { listen, token, hosts };
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var secret = parsed.GetValue(token) ?? Environment.GetEnvironmentVariable(TokenVariable) ?? "";
            var mistake = Mistake(parsed.GetRequiredValue(listen), secret, out var address);
            StoreToRead? opened = null;
            if (mistake.Length > 0 || !store.TryOpen(parsed, null, out opened, out mistake))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            using var signals = StopSignals.Listen();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            var guard = new UiGuard(secret, parsed.GetValue(hosts) ?? []);
            try
            {
                using var server = new UiServer(reader, opened.Layout, guard, TimeProvider.System, error);
                await using var http = await HttpEndpoints.StartAsync(address, "--listen", server.AnswerAsync);
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{AddressOf(address, http.Port)} shows {reader.Description}{Warning(address, secret)}");
                await parsed.InvocationConfiguration.Output.FlushAsync(CancellationToken.None);
                await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                return ExitCode.Done;
            }
            catch (ListenException e)
            {
                await error.WriteLineAsync(e.Message);
                return ExitCode.Incomplete;
            }
        });
        return command;
    }

    private static string Mistake(string listen, string token, out ListenAddress address)
    {
        const string Localhost = "localhost:";
        var text = listen.StartsWith(Localhost, StringComparison.OrdinalIgnoreCase) ? $"{IPAddress.Loopback}:{listen[Localhost.Length..]}" : listen;
        if (!ListenAddress.TryParse(text, out address))
            return $"--listen: '{listen}' is not an address; write 127.0.0.1:8080 or [::1]:8080{Help}";
        if (token.Length is > 0 and < ShortestToken)
            return $"The token has {token.Length} characters, so it can be guessed; give {ShortestToken} or more, for example from: openssl rand -hex 16{Help}";
        return token.Length > 0 || IsLoopback(address) ? ""
            : $"--listen: {listen} can be reached from other machines, so a token is required; set {TokenVariable}, or listen on 127.0.0.1:{address.Port}{Help}";
    }

    private static bool IsLoopback(ListenAddress address) => address.Address is { } one && IPAddress.IsLoopback(one);

    private static string AddressOf(ListenAddress address, int port) =>
        $"http://{new IPEndPoint(address.Address is null || address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address.Address, port)}/";

    private static string Warning(ListenAddress address, string token) =>
        (token.Length > 0 ? ", and asks for the token" : "") + (IsLoopback(address) ? "" : "; it has no TLS, so others on the network can read it: put a proxy in front of it");
}
