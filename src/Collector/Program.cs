return await Collector.Commands.CommandLine.RunAsync(args, Console.Out, Console.Error);
