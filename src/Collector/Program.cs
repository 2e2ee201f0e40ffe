using Collector.Commands;

StandardDescriptors.Hold();
return await CommandLine.RunAsync(args, Console.Out, Console.Error);
